//! A program in two parts: what a first visit runs, and the rest, which comes after it.
//!
//! ```text
//! NAME_bg.wasm      functions of the first part; instead of each other one that they call: load the rest, call it by the table
//!   │ memory, tables, globals, functions
//! NAME_rest.wasm    the others; puts those into the table as it starts
//! ```
//!
//! The first part asks for the rest at once where it wants something of it that is not there yet, through an import that the
//! program's source calls [`LOAD`]: in a Worker, which may wait. So it does not matter to what is done which function is where.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection,
    Function, FunctionSection, GlobalSection, GlobalType, ImportSection, Module, StartSection, TableSection,
    TypeSection, ValType,
};
use wasmparser::{
    BinaryReader, CodeSectionReader, ExportSectionReader, FuncType, FunctionBody, FunctionSectionReader,
    GlobalSectionReader, Name, NameSectionReader, Operator, Parser, Payload, TableSectionReader, TypeRef,
};

/// What the source calls the import that loads the rest; wasm-bindgen puts more around it.
const LOAD: &str = "loadRest";
/// What the rest calls the first part.
const FIRST: &str = "first";
/// Bytes of a function that is hardly larger than what would stand in its place.
const SMALL: usize = 24;
/// The table that functions are called by.
const TABLE: u32 = 0;
/// A function that is not in a part.
const NOWHERE: u32 = u32::MAX;

/// The names of functions that a first visit runs, each as a number of its own.
pub struct Visit(BTreeSet<u32>);

impl Visit {
    /// Out of a file that `cargo xtask web --visit` made.
    pub fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
        let numbers = text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
        let numbers = numbers.map(|number| u32::from_str_radix(number, 16)).collect::<Result<_, _>>();
        Ok(Self(numbers.with_context(|| format!("{} has something else than numbers", path.display()))?))
    }
}

/// What stands for a function's name: FNV-1a, 32 bits, of what it is called in the source. Two that have the same come
/// into the same part, which harms nobody.
pub fn number(name: &str) -> u32 {
    let name = format!("{:#}", rustc_demangle::demangle(name));
    name.bytes().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// What of a program decides where its functions go.
pub struct Program<'a> {
    bytes: &'a [u8],
    types: Vec<FuncType>,
    /// The types of all functions, those of others before its own.
    pub functions: Vec<u32>,
    pub imported: usize,
    /// And nothing else: what it has of its own is counted from zero.
    imports_functions: bool,
    load: Option<u32>,
    bodies: Vec<FunctionBody<'a>>,
    /// Functions that are exported, stand in tables or are called as it starts.
    known_outside: BTreeSet<u32>,
    pub names: Vec<u32>,
    globals: Vec<wasmparser::GlobalType>,
    tables: Vec<wasmparser::TableType>,
    pub memories: Vec<wasmparser::MemoryType>,
}

impl<'a> Program<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        let mut program = Self {
            bytes,
            types: Vec::new(),
            functions: Vec::new(),
            imported: 0,
            imports_functions: true,
            load: None,
            bodies: Vec::new(),
            known_outside: BTreeSet::new(),
            names: Vec::new(),
            globals: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
        };
        let mut named = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::TypeSection(types) => {
                    for kind in types.into_iter_err_on_gc_types() {
                        program.types.push(kind?);
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        let TypeRef::Func(kind) = import.ty else {
                            program.imports_functions = false;
                            continue;
                        };
                        if import.name.contains(LOAD) {
                            program.load = Some(u32::try_from(program.functions.len())?);
                        }
                        program.functions.push(kind);
                    }
                    program.imported = program.functions.len();
                }
                Payload::FunctionSection(functions) => {
                    for kind in functions {
                        program.functions.push(kind?);
                    }
                }
                Payload::TableSection(tables) => {
                    for table in tables {
                        program.tables.push(table?.ty);
                    }
                }
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        program.memories.push(memory?);
                    }
                }
                Payload::GlobalSection(globals) => {
                    for global in globals {
                        program.globals.push(global?.ty);
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        if export.kind == wasmparser::ExternalKind::Func {
                            program.known_outside.insert(export.index);
                        }
                    }
                }
                Payload::StartSection { func, .. } => drop(program.known_outside.insert(func)),
                Payload::ElementSection(elements) => {
                    for element in elements {
                        match element?.items {
                            wasmparser::ElementItems::Functions(functions) => {
                                for function in functions {
                                    program.known_outside.insert(function?);
                                }
                            }
                            wasmparser::ElementItems::Expressions(_, expressions) => {
                                for expression in expressions {
                                    program.known_outside.extend(called(expression?.get_operators_reader())?);
                                }
                            }
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => program.bodies.push(body),
                Payload::CustomSection(section) if section.name() == "name" => {
                    let names = BinaryReader::new(section.data(), section.data_offset());
                    for name in NameSectionReader::new(names) {
                        let Name::Function(functions) = name? else { continue };
                        for function in functions {
                            let function = function?;
                            named.push((function.index as usize, number(function.name)));
                        }
                    }
                }
                _ => {}
            }
        }
        program.names = vec![0; program.functions.len()];
        for (function, number) in named {
            *program.names.get_mut(function).context("a name without a function")? = number;
        }
        Ok(program)
    }

    /// A function's own body; none of another's.
    fn body(&self, function: u32) -> Option<&FunctionBody<'a>> {
        self.bodies.get((function as usize).checked_sub(self.imported)?)
    }

    fn calls(&self, function: u32) -> Result<Vec<u32>> {
        self.body(function).map_or(Ok(Vec::new()), |body| called(body.get_operators_reader()?))
    }

    fn own(&self) -> impl Iterator<Item = u32> + use<> {
        self.imported as u32..self.functions.len() as u32
    }

    fn kind(&self, function: u32) -> Result<&FuncType> {
        self.types.get(self.functions[function as usize] as usize).context("a function without a type")
    }
}

/// What is called, or asked for, by name.
fn called(mut operators: wasmparser::OperatorsReader<'_>) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    while !operators.eof() {
        match operators.read()? {
            Operator::Call { function_index }
            | Operator::ReturnCall { function_index }
            | Operator::RefFunc { function_index } => found.push(function_index),
            _ => {}
        }
    }
    Ok(found)
}

/// The two parts.
pub struct Parts {
    pub first: Vec<u8>,
    pub rest: Vec<u8>,
    /// How many of the names in the list are in the program, and how many are listed: with each change of the source fewer.
    pub found: (usize, usize),
}

/// Splits a program that has the names of its functions.
pub fn in_two(bytes: &[u8], visit: &Visit) -> Result<Parts> {
    let program = Program::read(bytes)?;
    ensure!(program.imports_functions, "the program imports something else than functions");
    let load = program.load.with_context(|| format!("the program has no import that is called {LOAD}"))?;
    let is_small = |function: u32| program.body(function).is_some_and(|body| body.as_bytes().len() <= SMALL);
    let runs = |function: &u32| visit.0.contains(&program.names[*function as usize]);
    let mut first: BTreeSet<u32> = program.own().filter(runs).collect();
    // What the first part calls; of that, what is small comes with it, and what this calls is called, too.
    let mut wanted = BTreeSet::new();
    let mut calls: Vec<u32> = program.known_outside.iter().copied().collect();
    for function in &first {
        calls.extend(program.calls(*function)?);
    }
    while let Some(function) = calls.pop() {
        if wanted.insert(function) && is_small(function) && first.insert(function) {
            calls.extend(program.calls(function)?);
        }
    }
    let later: Vec<u32> = program.own().filter(|function| !first.contains(function)).collect();
    let slots: Vec<u32> = later.iter().copied().filter(|function| wanted.contains(function)).collect();
    // What the rest calls of the first part.
    let mut shared = BTreeSet::new();
    for function in &later {
        shared.extend(program.calls(*function)?);
    }
    let shared: Vec<u32> =
        shared.into_iter().filter(|function| later.binary_search(function).is_err()).collect();
    let first = first_part(&program, &first, &slots, &shared, load)?;
    let rest = rest_part(&program, &later, &slots, &shared)?;
    for part in [&first, &rest] {
        wasmparser::validate(part).context("a part of the program is none")?;
    }
    let names: BTreeSet<u32> = program.names.iter().copied().collect();
    Ok(Parts { first, rest, found: (visit.0.intersection(&names).count(), visit.0.len()) })
}

/// Where functions go.
fn places(program: &Program<'_>, kept: impl IntoIterator<Item = u32>) -> Result<Vec<u32>> {
    let mut places = vec![NOWHERE; program.functions.len()];
    for (place, function) in kept.into_iter().enumerate() {
        places[function as usize] = u32::try_from(place)?;
    }
    Ok(places)
}

fn first_part(
    program: &Program<'_>,
    own: &BTreeSet<u32>,
    slots: &[u32],
    shared: &[u32],
    load: u32,
) -> Result<Vec<u8>> {
    let imported = 0..program.imported as u32;
    let mut kept: Vec<u32> = own.iter().chain(slots).copied().collect();
    kept.sort_unstable();
    let table = program.tables.first().context("the program has no table")?;
    let mut part = First {
        program,
        places: places(program, imported.chain(kept.iter().copied()))?,
        // Behind all others.
        fetch: u32::try_from(program.imported + kept.len())?,
        is_here: u32::try_from(program.globals.len())?,
        from: u32::try_from(table.initial)?,
        kept,
        slots,
        shared,
        load,
    };
    let mut module = Module::new();
    part.parse_core_module(&mut module, Parser::new(0), program.bytes)
        .context("the first part could not be written")?;
    Ok(module.finish())
}

struct First<'a> {
    program: &'a Program<'a>,
    places: Vec<u32>,
    kept: Vec<u32>,
    slots: &'a [u32],
    shared: &'a [u32],
    load: u32,
    /// A function that loads the rest where it is not there.
    fetch: u32,
    /// The global that says whether it is.
    is_here: u32,
    /// The first place in the table for what is called of the rest.
    from: u32,
}

impl First<'_> {
    /// What stands in the place of a function of the rest.
    fn in_its_place(&self, function: u32) -> Result<Function> {
        let params = self.program.kind(function)?.params().len() as u32;
        let slot = self.slots.binary_search(&function).ok().context("it has a place in the table")?;
        let mut body = Function::new([]);
        body.instructions().call(self.fetch);
        for param in 0..params {
            body.instructions().local_get(param);
        }
        let slot = i32::try_from(self.from as usize + slot)?;
        body.instructions()
            .i32_const(slot)
            .call_indirect(TABLE, self.program.functions[function as usize])
            .end();
        Ok(body)
    }
}

impl Reencode for First<'_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        Ok(self.places[function as usize])
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        _: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        for function in &self.kept {
            functions.function(self.program.functions[*function as usize]);
        }
        functions.function(self.program.functions[self.load as usize]);
        Ok(())
    }

    fn parse_table_section(
        &mut self,
        tables: &mut TableSection,
        section: TableSectionReader<'_>,
    ) -> Result<(), Error> {
        let more = self.slots.len() as u64;
        for (number, table) in section.into_iter().enumerate() {
            let mut table = table?;
            if number == TABLE as usize {
                table.ty.initial += more;
                table.ty.maximum = table.ty.maximum.map(|most| most + more);
            }
            self.parse_table(tables, table)?;
        }
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: GlobalSectionReader<'_>,
    ) -> Result<(), Error> {
        for global in section {
            self.parse_global(globals, global?)?;
        }
        globals.global(IS_HERE, &ConstExpr::i32_const(0));
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
        for (place, function) in self.shared.iter().enumerate() {
            exports.export(&place.to_string(), ExportKind::Func, self.places[*function as usize]);
        }
        for (kind, letter, all) in [
            (ExportKind::Memory, 'm', self.program.memories.len()),
            (ExportKind::Table, 't', self.program.tables.len()),
            (ExportKind::Global, 'g', self.program.globals.len() + 1),
        ] {
            for place in 0..all {
                exports.export(&format!("{letter}{place}"), kind, place as u32);
            }
        }
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, _: CodeSectionReader<'_>) -> Result<(), Error> {
        for function in self.kept.clone() {
            if self.slots.binary_search(&function).is_ok() {
                code.function(&self.in_its_place(function).expect("it is one of them"));
            } else {
                let body = self.program.body(function).expect("it is the program's own").clone();
                self.parse_function_body(code, body)?;
            }
        }
        let mut fetch = Function::new([]);
        let load = self.places[self.load as usize];
        fetch.instructions().global_get(self.is_here).i32_eqz().if_(BlockType::Empty).call(load).end().end();
        code.function(&fetch);
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

const IS_HERE: GlobalType = GlobalType { val_type: ValType::I32, mutable: true, shared: false };

fn rest_part(program: &Program<'_>, own: &[u32], slots: &[u32], shared: &[u32]) -> Result<Vec<u8>> {
    let mut part = Rest { places: places(program, shared.iter().chain(own).copied())? };
    let mut types = TypeSection::new();
    for payload in Parser::new(0).parse_all(program.bytes) {
        if let Payload::TypeSection(section) = payload? {
            part.parse_type_section(&mut types, section)?;
        }
    }
    let nothing = types.len();
    types.ty().function([], []);

    let mut imports = ImportSection::new();
    for (place, function) in shared.iter().enumerate() {
        imports.import(
            FIRST,
            &place.to_string(),
            EntityType::Function(program.functions[*function as usize]),
        );
    }
    for (place, memory) in program.memories.iter().enumerate() {
        imports.import(FIRST, &format!("m{place}"), EntityType::Memory(part.memory_type(*memory)?));
    }
    for (place, table) in program.tables.iter().enumerate() {
        // The least that it has to have.
        let table = wasmparser::TableType { maximum: None, ..*table };
        imports.import(FIRST, &format!("t{place}"), EntityType::Table(part.table_type(table)?));
    }
    for (place, global) in program.globals.iter().enumerate() {
        imports.import(FIRST, &format!("g{place}"), EntityType::Global(part.global_type(*global)?));
    }
    let is_here = u32::try_from(program.globals.len())?;
    imports.import(FIRST, &format!("g{is_here}"), EntityType::Global(IS_HERE));

    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for function in own {
        functions.function(program.functions[*function as usize]);
        part.parse_function_body(&mut code, program.body(*function).context("it has one")?.clone())?;
    }
    let start = u32::try_from(shared.len() + own.len())?;
    functions.function(nothing);
    let mut says_so = Function::new([]);
    says_so.instructions().i32_const(1).global_set(is_here).end();
    code.function(&says_so);

    let mut elements = ElementSection::new();
    let from = i32::try_from(program.tables.first().context("the program has no table")?.initial)?;
    let called: Vec<u32> = slots.iter().map(|function| part.places[*function as usize]).collect();
    elements.active(None, &ConstExpr::i32_const(from), Elements::Functions(called.into()));

    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions);
    module.section(&StartSection { function_index: start }).section(&elements).section(&code);
    Ok(module.finish())
}

struct Rest {
    places: Vec<u32>,
}

impl Reencode for Rest {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        Ok(self.places[function as usize])
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{MemorySection, MemoryType, NameMap, NameSection, RefType, TableType};

    use super::*;

    /// A program whose export `begin` calls `often`, which a visit runs, and `seldom`, which calls `never` and `often`.
    fn program() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([ValType::I32, ValType::I64], [ValType::I32]);
        let mut imports = ImportSection::new();
        imports.import("./engine_bg.js", "__wbg_loadRest_0", EntityType::Function(0));
        let mut functions = FunctionSection::new();
        functions.function(0).function(1).function(1).function(1);
        let mut tables = TableSection::new();
        let element_type = RefType::FUNCREF;
        tables.table(TableType { element_type, minimum: 3, maximum: Some(3), table64: false, shared: false });
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut globals = GlobalSection::new();
        globals.global(IS_HERE, &ConstExpr::i32_const(7));
        let mut exports = ExportSection::new();
        exports.export("begin", ExportKind::Func, 1);
        let mut code = CodeSection::new();
        let mut begin = Function::new([]);
        begin.instructions().i32_const(1).i64_const(2).call(2).drop();
        begin.instructions().i32_const(1).i64_const(2).call(3).drop().end();
        code.function(&begin);
        for calls in [None, Some([4, 2]), None] {
            let mut body = Function::new([]);
            for _ in 0..SMALL {
                body.instructions().nop();
            }
            for called in calls.into_iter().flatten() {
                body.instructions().local_get(0).local_get(1).call(called).drop();
            }
            body.instructions().global_get(0).end();
            code.function(&body);
        }
        let mut names = NameMap::new();
        for (place, name) in ["load", "begin", "often", "seldom", "never"].into_iter().enumerate() {
            names.append(place as u32, name);
        }
        let mut named = NameSection::new();
        named.functions(&names);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&tables).section(&memories);
        module.section(&globals).section(&exports).section(&code).section(&named);
        module.finish()
    }

    fn visit(names: &[&str]) -> Visit {
        Visit(names.iter().map(|name| number(name)).collect())
    }

    #[test]
    fn what_a_visit_runs_comes_first() {
        let parts = in_two(&program(), &visit(&["begin", "often"])).unwrap();
        let (first, rest) = (Program::read(&parts.first).unwrap(), Program::read(&parts.rest).unwrap());
        // Two that run, what stands for the third, and what loads; the fourth is called by nobody there.
        assert_eq!(first.bodies.len(), 4);
        let mut stands_for = Function::new([]);
        stands_for.instructions().call(4).local_get(0).local_get(1).i32_const(3).call_indirect(0, 1).end();
        assert_eq!(first.body(3).unwrap().as_bytes(), stands_for.into_raw_body());
        assert_eq!((first.tables[0].initial, first.tables[0].maximum), (4, Some(4)));
        // It calls `often` from outside, and has itself, `never`, and what says that it is there.
        assert_eq!((rest.imported, rest.bodies.len()), (1, 3));
        assert_eq!(rest.calls(1).unwrap(), [2, 0]);
        assert_eq!(rest.known_outside, BTreeSet::from([1, 3]));
    }

    #[test]
    fn a_program_may_be_all_first() {
        let parts = in_two(&program(), &visit(&["begin", "often", "seldom", "never"])).unwrap();
        assert_eq!(Program::read(&parts.first).unwrap().bodies.len(), 5);
        assert_eq!(Program::read(&parts.rest).unwrap().bodies.len(), 1);
    }

    #[test]
    fn names_count_without_what_changes_with_each_compiler() {
        let hashed = "_RNvCs1234_7mycrate3foo";
        assert_eq!(number(hashed), number("_RNvCs5678_7mycrate3foo"));
        assert_ne!(number(hashed), number("_RNvCs1234_7mycrate3bar"));
    }
}
