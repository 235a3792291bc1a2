//! Functions one after another by what they begin with. Compilers make the same function of many types, and leave them wherever the
//! types are; beside each other they compress to three hundredths less.

use std::convert::Infallible;

use anyhow::{Context, Result};
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{CodeSectionReader, CustomSectionReader, FunctionSectionReader, Parser, Payload, TypeRef};

/// The same program, in another order, and without what it says about its source.
pub fn alike_together(program: &[u8]) -> Result<Vec<u8>> {
    let (mut imported, mut bodies) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(program) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += usize::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    let mut order: Vec<usize> = (0..bodies.len()).collect();
    order.sort_by_key(|function| bodies[*function]);
    let mut places: Vec<usize> = (0..imported + bodies.len()).collect();
    for (place, function) in order.iter().enumerate() {
        places[imported + function] = imported + place;
    }
    let places = places.into_iter().map(u32::try_from).collect::<Result<_, _>>()?;
    let mut module = Module::new();
    Order { order, places }
        .parse_core_module(&mut module, Parser::new(0), program)
        .context("a program's functions could not be put into another order")?;
    Ok(module.finish())
}

struct Order {
    /// Functions of the program as they are to come.
    order: Vec<usize>,
    /// Where each goes, those of others, which stay, before them.
    places: Vec<u32>,
}

impl Reencode for Order {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        Ok(self.places[function as usize])
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        let types = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for function in &self.order {
            functions.function(types[*function]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error> {
        let mut bodies = section.into_iter().map(|body| body.map(Some)).collect::<Result<Vec<_>, _>>()?;
        for function in self.order.clone() {
            let body = bodies[function].take().expect("each is there once");
            self.parse_function_body(code, body)?;
        }
        Ok(())
    }

    fn parse_custom_section(&mut self, _: &mut Module, _: CustomSectionReader<'_>) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function,
        FunctionSection, ImportSection, RefType, TableSection, TableType, TypeSection, ValType,
    };

    use super::*;

    /// Exports of it, what each calls, and what it adds to that.
    fn looked_at(program: &[u8]) -> (Vec<(String, u32)>, Vec<Vec<u8>>) {
        let (mut exports, mut bodies) = (Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(program) {
            match payload.unwrap() {
                Payload::ExportSection(section) => {
                    exports = section
                        .into_iter()
                        .map(Result::unwrap)
                        .map(|one| (one.name.to_owned(), one.index))
                        .collect();
                }
                Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes().to_vec()),
                _ => {}
            }
        }
        (exports, bodies)
    }

    #[test]
    fn what_calls_what_stays() {
        let mut types = TypeSection::new();
        types.ty().function([], [ValType::I32]);
        types.ty().function([ValType::I32], [ValType::I32]);
        let mut imports = ImportSection::new();
        imports.import("page", "time", EntityType::Function(0));
        let mut functions = FunctionSection::new();
        functions.function(0).function(1);
        let mut tables = TableSection::new();
        let table = TableType {
            element_type: RefType::FUNCREF,
            minimum: 2,
            maximum: None,
            table64: false,
            shared: false,
        };
        tables.table(table);
        let mut exports = ExportSection::new();
        exports.export("later", ExportKind::Func, 1);
        let mut elements = ElementSection::new();
        elements.active(None, &ConstExpr::i32_const(0), Elements::Functions(vec![1, 2].into()));
        let mut code = CodeSection::new();
        // The first one comes behind the second: it has something of its own.
        let mut later = Function::new([(1, ValType::I32)]);
        later.instructions().call(0).call(2).end();
        let mut same = Function::new([]);
        same.instructions().local_get(0).end();
        code.function(&later).function(&same);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&tables).section(&exports);
        module.section(&elements).section(&code);

        let ordered = alike_together(&module.finish()).unwrap();
        wasmparser::validate(&ordered).unwrap();
        let (exports, bodies) = looked_at(&ordered);
        assert_eq!(exports, [("later".to_owned(), 2)]);
        let mut moved = Function::new([(1, ValType::I32)]);
        moved.instructions().call(0).call(1).end();
        assert_eq!(bodies, [same.into_raw_body(), moved.into_raw_body()]);
    }
}
