//! A pickle writer that knows exactly what a PyTorch checkpoint needs.
//!
//! # Source
//! Python's `pickletools` for the opcodes (protocol 2); `torch.serialization` and `torch._utils`
//! for the calls.

/// A pickle under construction.
pub(super) struct Pickle(Vec<u8>);

impl Pickle {
    pub(super) fn new() -> Self {
        Self(vec![0x80, 2])
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.0.push(b'.');
        self.0
    }

    /// Opcodes as they are.
    #[cfg(test)]
    pub(super) fn raw(&mut self, opcodes: &[u8]) {
        self.0.extend(opcodes);
    }

    /// An empty dictionary; entries follow between [`mark`](Self::mark) and
    /// [`set_items`](Self::set_items).
    pub(super) fn empty_dict(&mut self) {
        self.0.push(b'}');
    }

    /// An empty `collections.OrderedDict`, likewise.
    pub(super) fn empty_ordered_dict(&mut self) {
        self.global("collections", "OrderedDict");
        self.0.extend(b")R");
    }

    pub(super) fn mark(&mut self) {
        self.0.push(b'(');
    }

    pub(super) fn set_items(&mut self) {
        self.0.push(b'u');
    }

    pub(super) fn string(&mut self, text: &str) {
        self.0.push(b'X');
        let length = u32::try_from(text.len()).expect("names are far shorter than 4 GiB");
        self.0.extend(length.to_le_bytes());
        self.0.extend(text.as_bytes());
    }

    pub(super) fn integer(&mut self, value: u64) {
        if let Ok(small) = i32::try_from(value) {
            self.0.push(b'J');
            self.0.extend(small.to_le_bytes());
        } else {
            // Two's complement with a zero byte on top, so that it stays positive.
            self.0.extend([0x8a, 9]);
            self.0.extend(value.to_le_bytes());
            self.0.push(0);
        }
    }

    pub(super) fn float(&mut self, value: f64) {
        self.0.push(b'G');
        self.0.extend(value.to_be_bytes());
    }

    /// A tensor that fills a storage of its own, `key`, of class `storage` (`FloatStorage`).
    pub(super) fn tensor(&mut self, storage: &str, key: &str, shape: &[usize]) {
        self.global("torch._utils", "_rebuild_tensor_v2");
        self.mark();
        self.mark();
        self.string("storage");
        self.global("torch", storage);
        self.string(key);
        self.string("cpu");
        self.integer(shape.iter().product::<usize>() as u64);
        // TUPLE, BINPERSID, then the offset in the storage.
        self.0.extend(b"tQ");
        self.integer(0);
        self.tuple(shape);
        let mut strides = vec![1; shape.len()];
        for i in (1..shape.len()).rev() {
            strides[i - 1] = strides[i] * shape[i];
        }
        self.tuple(&strides);
        // NEWFALSE: no gradient; the ordered dictionary is for backward hooks.
        self.0.push(0x89);
        self.empty_ordered_dict();
        self.0.extend(b"tR");
    }

    fn tuple(&mut self, values: &[usize]) {
        self.mark();
        values.iter().for_each(|value| self.integer(*value as u64));
        self.0.push(b't');
    }

    fn global(&mut self, module: &str, name: &str) {
        self.0.extend(format!("c{module}\n{name}\n").bytes());
    }
}
