//! A pickle gone through opcode by opcode, for what it names.
//!
//! # Source
//! Python's `pickletools` for the opcodes, `pickle.py` for what they do.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use super::{Scan, globals::Global, reader::Reader};

/// Tables by which the attributes of a `torch.nn.Module` are recognised.
const MODULE_TABLES: [&str; 2] = ["_parameters", "_modules"];
/// Items of a tuple that are remembered: no call that matters takes more.
const REMEMBERED: usize = 3;

/// As much of a value as matters. Nothing here holds another value of any depth, so a pickle cannot make it deep.
#[derive(Debug, Clone)]
enum Value<'a> {
    Text(Rc<str>),
    Bytes(&'a [u8]),
    Global(Rc<Global>),
    Tuple(Rc<[Self]>),
    Dict(Rc<Dict>),
    Object(Rc<Object>),
    Other,
}

#[derive(Debug, Default)]
struct Dict {
    /// Whether it has the tables of a module.
    tables: Cell<bool>,
    /// The first key with a module under it, and the module's class.
    module: RefCell<Option<(Rc<str>, Rc<Global>)>>,
}

/// An object of some class.
#[derive(Debug)]
struct Object {
    class: Rc<Global>,
    is_module: Cell<bool>,
}

/// A module that was pickled whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct WholeModule {
    pub(in super::super) class: Global,
    /// Where it is in the file; at the top where there is none.
    pub(in super::super) key: Option<String>,
}

/// Goes through one pickle and enters what it finds; `None` where the pickle breaks off or contradicts itself, as a
/// reader that executes it would find only after having executed what stands before.
pub(super) fn run<'a>(reader: &mut Reader<'a>, scan: &mut Scan<'a>) -> Option<()> {
    let mut machine = Machine {
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        scan,
    };
    while let Some(opcode) = reader.byte() {
        if opcode == b'.' {
            machine.finish();
            return Some(());
        }
        machine.step(opcode, reader)?;
    }
    None
}

struct Machine<'a, 'b> {
    stack: Vec<Value<'a>>,
    /// Heights of the stack at each open mark.
    marks: Vec<usize>,
    memo: HashMap<u64, Value<'a>>,
    scan: &'b mut Scan<'a>,
}

impl<'a> Machine<'a, '_> {
    fn step(&mut self, opcode: u8, reader: &mut Reader<'a>) -> Option<()> {
        match opcode {
            // Scalars without a meaning here: None, True, False, and numbers of every encoding.
            b'N' | 0x88 | 0x89 | 0x97 => self.push(Value::Other),
            b'I' | b'L' | b'F' | b'P' => reader.line().map(|_| self.push(Value::Other))?,
            b'K' => self.skipped(reader, 1)?,
            b'M' => self.skipped(reader, 2)?,
            b'J' => self.skipped(reader, 4)?,
            b'G' => self.skipped(reader, 8)?,
            0x82..=0x84 => self.skipped(reader, 1 << (opcode - 0x82))?,
            0x8a => reader.counted(1).map(|_| self.push(Value::Other))?,
            0x8b => reader.counted(4).map(|_| self.push(Value::Other))?,
            // Texts.
            b'V' | b'S' => {
                let text = reader.escaped_line(opcode == b'S')?;
                self.push(Value::Text(text.into()));
            }
            b'X' | b'T' => self.text(reader.counted(4)?),
            b'U' | 0x8c => self.text(reader.counted(1)?),
            0x8d => self.text(reader.counted(8)?),
            b'C' => self.push(Value::Bytes(reader.counted(1)?)),
            b'B' => self.push(Value::Bytes(reader.counted(4)?)),
            0x8e | 0x96 => self.push(Value::Bytes(reader.counted(8)?)),
            // Frames and versions.
            0x80 => reader.take(1).map(drop)?,
            0x95 => reader.take(8).map(drop)?,
            0x98 => {}
            _ => return self.structure(opcode, reader),
        }
        Some(())
    }

    /// Containers, the stack and the memo.
    fn structure(&mut self, opcode: u8, reader: &mut Reader<'a>) -> Option<()> {
        match opcode {
            b'(' => self.marks.push(self.stack.len()),
            b')' => self.push(Value::Tuple(Rc::new([]))),
            b't' => {
                let items = self.since_mark()?;
                self.push(tuple(items));
            }
            0x85..=0x87 => {
                let count = usize::from(opcode - 0x84);
                let start = self.stack.len().checked_sub(count)?;
                let items = self.stack.split_off(start);
                self.push(tuple(items));
            }
            b']' | 0x8f => self.push(Value::Other),
            b'l' | 0x91 => self.since_mark().map(|_| self.push(Value::Other))?,
            b'}' => self.push(Value::Dict(Rc::default())),
            b'd' => {
                let (items, dict) = (self.since_mark()?, Dict::default());
                enter(&dict, &items);
                self.push(Value::Dict(Rc::new(dict)));
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.enter(&[key, value])?;
            }
            b'u' => {
                let items = self.since_mark()?;
                self.enter(&items)?;
            }
            b'a' => self.pop().map(drop)?,
            b'e' | 0x90 => self.since_mark().map(drop)?,
            b'0' => match self.marks.last() {
                Some(mark) if *mark == self.stack.len() => self.marks.pop().map(drop)?,
                _ => self.pop().map(drop)?,
            },
            b'1' => self.since_mark().map(drop)?,
            b'2' => self.push(self.stack.last()?.clone()),
            b'g' => self.get(reader.number_line()?)?,
            b'h' => self.get(reader.number(1)?)?,
            b'j' => self.get(reader.number(4)?)?,
            b'p' => self.put(reader.number_line()?)?,
            b'q' => self.put(reader.number(1)?)?,
            b'r' => self.put(reader.number(4)?)?,
            0x94 => self.put(self.memo.len() as u64)?,
            b'Q' => self.pop().map(|_| self.push(Value::Other))?,
            _ => return self.object(opcode, reader),
        }
        Some(())
    }

    /// What names and calls.
    fn object(&mut self, opcode: u8, reader: &mut Reader<'a>) -> Option<()> {
        match opcode {
            b'c' => {
                let global = reader.global()?;
                let named = self.named(global);
                self.push(Value::Global(named));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Text(module), Value::Text(name)) = (module, name) else {
                    return None;
                };
                let named = self.named(Global::new(&module, &name));
                self.push(Value::Global(named));
            }
            b'i' => {
                let global = reader.global()?;
                self.since_mark()?;
                let named = self.named(global);
                let made = self.called(&named, &[]);
                self.push(made);
            }
            b'o' => {
                let items = self.since_mark()?;
                let (class, arguments) = items.split_first()?;
                let made = self.made(class, arguments);
                self.push(made);
            }
            b'R' | 0x81 => {
                let (arguments, callable) = (self.pop()?, self.pop()?);
                let made = self.made(&callable, items_of(&arguments));
                self.push(made);
            }
            0x92 => {
                let (_, arguments, class) = (self.pop()?, self.pop()?, self.pop()?);
                let made = self.made(&class, items_of(&arguments));
                self.push(made);
            }
            b'b' => {
                let state = self.pop()?;
                let attributes = match &state {
                    Value::Tuple(parts) => parts.first(),
                    whole => Some(whole),
                };
                let (Some(Value::Dict(attributes)), Value::Object(object)) =
                    (attributes, self.stack.last()?)
                else {
                    return Some(());
                };
                object.is_module.set(attributes.tables.get());
            }
            // No opcode: whoever executes pickles stops here too.
            _ => return None,
        }
        Some(())
    }

    fn made(&mut self, callable: &Value<'a>, arguments: &[Value<'a>]) -> Value<'a> {
        match callable {
            Value::Global(global) => {
                let global = Rc::clone(global);
                self.called(&global, arguments)
            }
            _ => Value::Other,
        }
    }

    /// What a call gives, as far as it matters.
    fn called(&mut self, callable: &Rc<Global>, arguments: &[Value<'a>]) -> Value<'a> {
        self.scan.called.insert((**callable).clone());
        let builtin = ["builtins", "__builtin__"];
        if callable.is(&["collections", "_collections"], "OrderedDict") {
            return Value::Dict(Rc::default());
        }
        if callable.is(&builtin, "getattr") {
            // An attribute of something unknown may be anything.
            let asked = match arguments {
                [Value::Global(of), Value::Text(name), ..] => of.attribute(name),
                [_, Value::Text(name), ..] => Global::new("?", name),
                _ => Global::new("builtins", "getattr.__call__"),
            };
            return Value::Global(self.named(asked));
        }
        if let (true, Some(Value::Bytes(bytes))) = (
            callable.is(&["torch.storage"], "_load_from_bytes"),
            arguments.first(),
        ) {
            self.scan.nested.push(bytes);
        }
        let class = match arguments.first() {
            Some(Value::Global(class)) if callable.name == "_reconstructor" => Rc::clone(class),
            _ => Rc::clone(callable),
        };
        Value::Object(Rc::new(Object {
            class,
            is_module: Cell::new(false),
        }))
    }

    fn named(&mut self, global: Global) -> Rc<Global> {
        self.scan.named.insert(global.clone());
        Rc::new(global)
    }

    /// Remembers the module that the file holds.
    fn finish(&mut self) {
        let found = match self.stack.last() {
            Some(Value::Object(object)) if object.is_module.get() => Some(WholeModule {
                class: (*object.class).clone(),
                key: None,
            }),
            Some(Value::Dict(dict)) => {
                dict.module
                    .borrow()
                    .as_ref()
                    .map(|(key, class)| WholeModule {
                        class: (**class).clone(),
                        key: Some(key.to_string()),
                    })
            }
            _ => None,
        };
        if found.is_some() {
            self.scan.module = found;
        }
    }

    fn push(&mut self, value: Value<'a>) {
        self.stack.push(value);
    }

    fn pop(&mut self) -> Option<Value<'a>> {
        self.stack.pop()
    }

    fn text(&mut self, bytes: &[u8]) {
        self.push(Value::Text(String::from_utf8_lossy(bytes).into()));
    }

    fn skipped(&mut self, reader: &mut Reader<'a>, bytes: usize) -> Option<()> {
        reader.take(bytes)?;
        self.push(Value::Other);
        Some(())
    }

    fn since_mark(&mut self) -> Option<Vec<Value<'a>>> {
        let mark = self.marks.pop()?;
        (mark <= self.stack.len()).then(|| self.stack.split_off(mark))
    }

    fn get(&mut self, index: u64) -> Option<()> {
        let value = self.memo.get(&index)?.clone();
        self.push(value);
        Some(())
    }

    fn put(&mut self, index: u64) -> Option<()> {
        self.memo.insert(index, self.stack.last()?.clone());
        Some(())
    }

    /// Keys and values into what is on top, which need not be a dict: a class may answer to the same opcode.
    fn enter(&self, items: &[Value<'a>]) -> Option<()> {
        if let Value::Dict(dict) = self.stack.last()? {
            enter(dict, items);
        }
        Some(())
    }
}

fn enter(dict: &Dict, items: &[Value<'_>]) {
    for pair in items.chunks_exact(2) {
        let [Value::Text(key), value] = pair else {
            continue;
        };
        if MODULE_TABLES.contains(&&**key) {
            dict.tables.set(true);
        }
        if let Value::Object(object) = value
            && object.is_module.get()
        {
            let module = || (Rc::clone(key), Rc::clone(&object.class));
            dict.module.borrow_mut().get_or_insert_with(module);
        }
    }
}

/// A tuple of these; what is inside of tuples in it is forgotten.
fn tuple<'a>(items: Vec<Value<'a>>) -> Value<'a> {
    let flat = |value: Value<'a>| match value {
        Value::Tuple(_) => Value::Other,
        value => value,
    };
    Value::Tuple(items.into_iter().take(REMEMBERED).map(flat).collect())
}

fn items_of<'v, 'a>(arguments: &'v Value<'a>) -> &'v [Value<'a>] {
    match arguments {
        Value::Tuple(items) => items,
        _ => &[],
    }
}
