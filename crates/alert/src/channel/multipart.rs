//! The body of a form with files.

/// A form under construction.
#[derive(Debug, Default)]
pub(super) struct Form {
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    head: String,
    content: Vec<u8>,
}

impl Form {
    /// Adds a field.
    pub(super) fn field(mut self, name: &str, value: &str) -> Self {
        let head = format!("Content-Disposition: form-data; name=\"{}\"", quoted(name));
        let content = value.as_bytes().to_vec();
        self.parts.push(Part { head, content });
        self
    }

    /// Adds a file.
    pub(super) fn file(mut self, name: &str, file: &str, mime: &str, content: &[u8]) -> Self {
        let (name, file) = (quoted(name), quoted(file));
        let head = format!(
            "Content-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: {mime}"
        );
        let content = content.to_vec();
        self.parts.push(Part { head, content });
        self
    }

    /// Type and bytes of the body.
    pub(super) fn into_body(self) -> (String, Vec<u8>) {
        let boundary = self.boundary();
        let mut body = Vec::new();
        for Part { head, content } in &self.parts {
            body.extend(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
            body.extend(content);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{boundary}--\r\n").as_bytes());
        (format!("multipart/form-data; boundary={boundary}"), body)
    }

    /// A text that no content holds.
    fn boundary(&self) -> String {
        let holds = |boundary: &str| {
            self.parts.iter().any(|part| {
                let mut windows = part.content.windows(boundary.len());
                windows.any(|window| window == boundary.as_bytes())
            })
        };
        let mut boundary = "diktor-part".to_owned();
        while holds(&boundary) {
            boundary.push_str("-part");
        }
        boundary
    }
}

/// A name that cannot end the line or the quotes it stands in.
fn quoted(name: &str) -> String {
    name.replace(['"', '\r', '\n', '\\'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_content_holds_the_boundary_and_no_name_ends_its_line() {
        let form = Form::default().field("caption", "--diktor-part--").file(
            "photo",
            "a\"\r\nX: y.png",
            "image/png",
            b"diktor-part-part",
        );
        let (kind, body) = form.into_body();
        let boundary = kind.rsplit_once('=').unwrap().1;
        let text = String::from_utf8(body).unwrap();
        assert_eq!(text.matches(&format!("--{boundary}")).count(), 3, "{text}");
        assert!(text.contains("filename=\"a___X: y.png\"\r\n"), "{text}");
    }
}
