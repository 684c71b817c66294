//! A protobuf message under construction.

/// Bytes of a protobuf message, field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message(Vec<u8>);

/// How a field's value is laid out.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Fixed64 = 1,
    Delimited = 2,
    Fixed32 = 5,
}

impl Message {
    /// A message without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// The message as it is written.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Adds an integer or enum field.
    #[must_use]
    pub fn integer(mut self, field: u32, value: u64) -> Self {
        self.key(field, Wire::Varint);
        self.varint(value);
        self
    }

    /// Adds a `float` field.
    #[must_use]
    pub fn float(mut self, field: u32, value: f32) -> Self {
        self.key(field, Wire::Fixed32);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// Adds a `double` field.
    #[must_use]
    pub fn double(mut self, field: u32, value: f64) -> Self {
        self.key(field, Wire::Fixed64);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// Adds a packed field of `double`s.
    #[must_use]
    pub fn doubles(self, field: u32, values: &[f64]) -> Self {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.blob(field, &bytes)
    }

    /// Adds a `bytes` field.
    #[must_use]
    pub fn blob(mut self, field: u32, value: &[u8]) -> Self {
        self.key(field, Wire::Delimited);
        self.varint(value.len() as u64);
        self.0.extend(value);
        self
    }

    /// Adds a `string` field.
    #[must_use]
    pub fn text(self, field: u32, value: &str) -> Self {
        self.blob(field, value.as_bytes())
    }

    /// Adds a field that is a message itself.
    #[must_use]
    pub fn message(self, field: u32, value: &Self) -> Self {
        self.blob(field, &value.0)
    }

    fn key(&mut self, field: u32, wire: Wire) {
        self.varint(u64::from(field << 3 | wire as u32));
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_laid_out_as_the_protobuf_guide_shows() {
        // protobuf.dev, "Encoding": field 1 = 150, and field 2 = "testing".
        let message = Message::new().integer(1, 150).text(2, "testing");
        assert_eq!(message.bytes(), b"\x08\x96\x01\x12\x07testing");
    }
}
