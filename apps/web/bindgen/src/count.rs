//! A program that says which of its functions ran: each writes into a memory of its own, the export [`RAN`], at its place. By
//! that, `cargo xtask visit` finds what a first visit needs ([`crate::later`]).

use std::convert::Infallible;
use std::fmt::Write as _;

use anyhow::{Context, Result};
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{CodeSection, ExportKind, ExportSection, MemArg, MemorySection, MemoryType, Module};
use wasmparser::{ExportSectionReader, FunctionBody, MemorySectionReader, Parser};

use crate::later::Program;

/// A byte for each function.
const RAN: &str = "ran";
const PAGE: u64 = 65_536;

pub struct Counting {
    pub program: Vec<u8>,
    /// The number of each function's name, a line for each place.
    pub numbers: String,
}

/// The same program, counting.
pub fn counting(bytes: &[u8]) -> Result<Counting> {
    let program = Program::read(bytes)?;
    let mut numbers = String::new();
    for number in &program.names {
        writeln!(numbers, "{number:08x}")?;
    }
    let mut counter = Counter {
        next: i32::try_from(program.imported)?,
        pages: (program.functions.len() as u64).div_ceil(PAGE),
        memory: u32::try_from(program.memories.len())?,
    };
    let mut module = Module::new();
    counter.parse_core_module(&mut module, Parser::new(0), bytes).context("a program cannot count")?;
    Ok(Counting { program: module.finish(), numbers })
}

struct Counter {
    /// The function whose body comes next.
    next: i32,
    pages: u64,
    /// Where it is written.
    memory: u32,
}

impl Reencode for Counter {
    type Error = Infallible;

    fn parse_memory_section(
        &mut self,
        memories: &mut MemorySection,
        section: MemorySectionReader<'_>,
    ) -> Result<(), Error> {
        for memory in section {
            memories.memory(self.memory_type(memory?)?);
        }
        let minimum = self.pages;
        memories.memory(MemoryType {
            minimum,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: ExportSectionReader<'_>,
    ) -> Result<(), Error> {
        for export in section {
            self.parse_export(exports, export?)?;
        }
        exports.export(RAN, ExportKind::Memory, self.memory);
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        let place = MemArg { offset: 0, align: 0, memory_index: self.memory };
        function.instructions().i32_const(self.next).i32_const(1).i32_store8(place);
        self.next += 1;
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            function.instruction(&self.parse_instruction(&mut reader)?);
        }
        code.function(&function);
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        _: &mut Module,
        _: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), Error> {
        Ok(())
    }
}
