//! The figures: said as they come, beside what was aimed at, and all together as one line of JSON.

use serde_json::{Map, Number, Value};

/// All figures so far.
#[derive(Default)]
pub struct Report {
    figures: Map<String, Value>,
    short: Vec<String>,
}

/// What a figure is to be.
pub enum Aim {
    /// At least so much.
    AtLeast(f64),
    /// At most so much.
    AtMost(f64),
    /// It is only told.
    Told,
}

impl Report {
    /// A heading.
    pub fn part(&self, title: &str) {
        println!("\n{title}");
    }

    /// One figure. `name` is its name in the JSON, `what` what people read.
    pub fn figure(&mut self, name: &str, value: f64, what: &str, aim: Aim) {
        let (met, text) = match aim {
            Aim::AtLeast(least) => (value >= least, format!("at least {}", readable(least))),
            Aim::AtMost(most) => (value <= most, format!("at most {}", readable(most))),
            Aim::Told => (true, String::new()),
        };
        let verdict = match (text.is_empty(), met) {
            (true, _) => String::new(),
            (false, true) => format!("   ({text}: met)"),
            (false, false) => format!("   ({text}: SHORT)"),
        };
        println!("  {:>12}  {what}{verdict}", readable(value));
        if !met {
            self.short.push(format!("{what}: {}, {text}", readable(value)));
        }
        // Three digits after the point are more than any of them is repeatable to.
        let rounded = Number::from_f64((value * 1_000.0).round() / 1_000.0);
        self.figures.insert(name.to_owned(), rounded.map_or(Value::Null, Value::Number));
    }

    /// Something that stands beside the figures.
    pub fn note(&self, text: &str) {
        println!("                {text}");
    }

    /// What was short of its aim, and the line of JSON where it is wanted: the last one.
    pub fn end(self, json: bool) {
        match self.short.as_slice() {
            [] => println!("\nEverything measured is as it should be."),
            short => {
                println!("\nShort of the aim:");
                for figure in short {
                    println!("  {figure}");
                }
            }
        }
        if json {
            println!("{}", Value::Object(self.figures));
        }
    }
}

fn readable(value: f64) -> String {
    if value.abs() < 100.0 {
        let text = format!("{value:.2}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let digits = format!("{:.0}", value.abs());
    let mut text = if value < 0.0 { "-".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_people_can_read() {
        for (value, text) in [
            (0.5, "0.5"),
            (2.0, "2"),
            (99.99, "99.99"),
            (123.4, "123"),
            (1_234_567.0, "1,234,567"),
            (-104.0, "-104"),
        ] {
            assert_eq!(readable(value), text);
        }
    }
}
