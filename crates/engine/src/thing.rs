//! What a message can be instead of words and files: a poll, a contact card, a place. All of it is plain data; nothing
//! is fetched because of it, and a place is drawn by whoever shows it.

use casemate_api::command::{Location, MessageSend, NewPoll, SharedContact};
use casemate_api::view;
use casemate_content::limits;
use casemate_content::proto as content;
use casemate_content::proto::text::Thing;
use casemate_wire::handle::Address;
use prost::Message as _;

use crate::core::{Ctx, Done, invalid};
use crate::message::Row;

/// Fewer choices are no poll; more than fit a screen are not read.
const OPTIONS: std::ops::RangeInclusive<usize> = 2..=12;

/// A degree in the unit of the protocol.
const E7: f64 = 10_000_000.0;

/// What a user wants to send, if it is none of text and files.
pub fn wanted_thing(wanted: &MessageSend) -> Done<Option<Thing>> {
    let things = [
        wanted.poll.as_ref().map(wanted_poll).transpose()?,
        wanted.contact.as_ref().map(wanted_contact).transpose()?,
        wanted.location.as_ref().map(wanted_location).transpose()?,
    ];
    let mut given = things.into_iter().flatten();
    let first = given.next();
    if given.next().is_some() {
        return Err(invalid("Send a poll, a contact or a place, one at a time."));
    }
    Ok(first)
}

fn wanted_poll(poll: &NewPoll) -> Done<Thing> {
    let poll = content::Poll {
        question: poll.question.trim().to_owned(),
        options: poll.options.iter().map(|option| option.trim().to_owned()).collect(),
        multiple: poll.multiple,
    };
    let are_seen = poll.options.iter().chain([&poll.question]).all(|line| crate::text::shows(line));
    if !are_seen || !good_poll(&poll) {
        return Err(invalid(format!(
            "A poll has a question of at most {} bytes and 2 to 12 different options of at most {} bytes, each one line.",
            limits::POLL_QUESTION_BYTES,
            limits::POLL_OPTION_BYTES
        )));
    }
    Ok(Thing::Poll(poll))
}

fn wanted_contact(contact: &SharedContact) -> Done<Thing> {
    let address = Address::typed(&contact.address)?.to_string();
    crate::text::check_name(&contact.name, limits::DISPLAY_NAME_BYTES)?;
    Ok(Thing::Contact(content::SharedContact { address, name: contact.name.clone() }))
}

fn wanted_location(place: &Location) -> Done<Thing> {
    let place = content::Location {
        // What does not fit becomes the largest number, which is no place.
        latitude_e7: if place.latitude.is_finite() { (place.latitude * E7).round() as i32 } else { i32::MAX },
        longitude_e7: if place.longitude.is_finite() {
            (place.longitude * E7).round() as i32
        } else {
            i32::MAX
        },
        accuracy_m: place.accuracy_m.unwrap_or(0),
        label: place.label.clone().unwrap_or_default(),
    };
    if !good_location(&place) {
        return Err(invalid(format!(
            "A place has a latitude of -90 to 90, a longitude of -180 to 180, and a label of one line and at most {} bytes.",
            limits::LABEL_BYTES
        )));
    }
    Ok(Thing::Location(place))
}

/// Whether what somebody sent is what it may be. All members judge alike, from its bytes alone.
pub fn is_good(said: &content::Text) -> bool {
    let alone = said.text.is_empty() && said.attachments.is_empty();
    match &said.thing {
        None => true,
        Some(Thing::Poll(poll)) => alone && good_poll(poll),
        Some(Thing::Contact(contact)) => {
            alone
                && Address::parse(&contact.address).is_ok()
                && is_line(&contact.name, limits::DISPLAY_NAME_BYTES)
        }
        Some(Thing::Location(place)) => alone && good_location(place),
    }
}

fn good_poll(poll: &content::Poll) -> bool {
    let lines =
        poll.options.iter().all(|option| !option.is_empty() && is_line(option, limits::POLL_OPTION_BYTES));
    let different: std::collections::BTreeSet<&String> = poll.options.iter().collect();
    OPTIONS.contains(&poll.options.len())
        && lines
        && different.len() == poll.options.len()
        && !poll.question.is_empty()
        && is_line(&poll.question, limits::POLL_QUESTION_BYTES)
}

fn good_location(place: &content::Location) -> bool {
    (-900_000_000..=900_000_000).contains(&place.latitude_e7)
        && (-1_800_000_000..=1_800_000_000).contains(&place.longitude_e7)
        && is_line(&place.label, limits::LABEL_BYTES)
}

fn is_line(text: &str, limit: usize) -> bool {
    text.len() <= limit && !text.chars().any(char::is_control)
}

/// What stands in a message's place where only text is shown, and what search finds.
pub fn text_of(said: &content::Text) -> String {
    match &said.thing {
        None => said.text.clone(),
        Some(Thing::Poll(poll)) => poll.question.clone(),
        Some(Thing::Contact(contact)) if !crate::text::shows(&contact.name) => contact.address.clone(),
        Some(Thing::Contact(contact)) => format!("{} ({})", contact.name, contact.address),
        Some(Thing::Location(place)) => {
            let at = format!("{:.5}, {:.5}", degrees(place.latitude_e7), degrees(place.longitude_e7));
            if place.label.is_empty() { at } else { format!("{} ({at})", place.label) }
        }
    }
}

fn degrees(e7: i32) -> f64 {
    f64::from(e7) / E7
}

/// As a message's row keeps it.
pub fn encode(said: &content::Text) -> Option<Vec<u8>> {
    let thing = said.thing.clone()?;
    Some(content::Text { thing: Some(thing), ..content::Text::default() }.encode_to_vec())
}

/// What was kept so.
pub fn decode(kept: &[u8]) -> Option<Thing> {
    content::Text::decode(kept).ok()?.thing
}

impl Row {
    /// What this message is, besides text and files.
    pub fn thing(&self) -> Option<Thing> {
        decode(self.thing.as_deref()?)
    }
}

impl Ctx<'_> {
    /// What a message is, as the interface shows it.
    pub fn show_thing(&self, row: &Row, shown: &mut view::Message) -> Done<()> {
        match row.thing() {
            None => {}
            Some(Thing::Poll(poll)) => shown.poll = Some(self.poll_view(row, poll)?),
            Some(Thing::Contact(contact)) => {
                let name = crate::text::seen(contact.name);
                shown.contact = Some(SharedContact { address: contact.address, name });
            }
            Some(Thing::Location(place)) => {
                shown.location = Some(Location {
                    latitude: degrees(place.latitude_e7),
                    longitude: degrees(place.longitude_e7),
                    accuracy_m: Some(place.accuracy_m).filter(|metres| *metres > 0),
                    label: Some(place.label).filter(|label| !label.is_empty()),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(question: &str, options: &[&str]) -> content::Text {
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        let poll = content::Poll { question: question.to_owned(), options, multiple: false };
        content::Text { thing: Some(Thing::Poll(poll)), ..content::Text::default() }
    }

    #[test]
    fn polls_places_and_cards_are_judged_by_their_bytes() {
        assert!(is_good(&poll("Where?", &["here", "there"])));
        let many: Vec<String> = (0..13).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let long = "x".repeat(limits::POLL_OPTION_BYTES + 1);
        for options in [&["one"][..], &["same", "same"], &["", "b"], &["a\nb", "c"], &["a", &long], &many] {
            assert!(!is_good(&poll("Where?", options)), "{options:?}");
        }
        assert!(!is_good(&poll("", &["a", "b"])));
        assert!(!is_good(&content::Text { text: "and words".into(), ..poll("Where?", &["a", "b"]) }));
        let place =
            |latitude, longitude| wanted_location(&Location { latitude, longitude, ..Location::default() });
        assert!(place(-90.0, 180.0).is_ok());
        for (latitude, longitude) in
            [(90.1, 0.0), (0.0, -181.0), (f64::NAN, 0.0), (0.0, f64::INFINITY), (1e300, 0.0)]
        {
            assert!(place(latitude, longitude).is_err(), "{latitude} {longitude}");
        }
        let far = content::Location { latitude_e7: 900_000_001, ..content::Location::default() };
        assert!(!is_good(&content::Text { thing: Some(Thing::Location(far)), ..content::Text::default() }));
        let card = |address: &str| content::Text {
            thing: Some(Thing::Contact(content::SharedContact {
                address: address.into(),
                name: "Ana".into(),
            })),
            ..content::Text::default()
        };
        assert!(is_good(&card("ana@example.org")));
        assert!(!is_good(&card("https://evil.example")));
    }
}
