//! The few pieces of HTML that must be right everywhere.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// `text` as HTML shows it, inside elements and quoted attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Control characters have no place in HTML and some browsers stop at a zero.
            '\n' | '\t' => escaped.push(letter),
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// [`escape`], with what stands between back quotes as code.
pub(super) fn with_code(text: &str) -> String {
    let mut html = String::new();
    for (index, part) in text.split('`').enumerate() {
        let part = escape(part);
        let is_code = index % 2 == 1;
        html.push_str(&if is_code {
            format!("<code>{part}</code>")
        } else {
            part
        });
    }
    html
}

/// A file as part of the page.
pub fn data_uri(media_type: &str, bytes: &[u8]) -> String {
    format!("data:{media_type};base64,{}", STANDARD.encode(bytes))
}

/// A table whose cells are already HTML; nothing if there are no rows.
pub fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut html = "<div class=\"scroll\"><table><thead><tr>".to_owned();
    for head in heads {
        let _infallible = write!(html, "<th>{}</th>", escape(head));
    }
    html.push_str("</tr></thead><tbody>");
    for row in rows {
        html.push_str("<tr>");
        for cell in row {
            let class = if is_figure(cell) { " class=\"n\"" } else { "" };
            let _infallible = write!(html, "<td{class}>{cell}</td>");
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div>");
    html
}

/// Whether a cell holds figures alone, which must not be torn apart: `0.5`, `1 / 3`, `1e-3 → 5e-4`.
fn is_figure(cell: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_digit() || " .,+-e→/%".contains(letter);
    cell.contains(|letter: char| letter.is_ascii_digit()) && cell.chars().all(is_part)
}

/// A section with a heading and a line that explains it; nothing if there is no body.
pub fn section(id: &str, heading: &str, meaning: &str, body: &str) -> String {
    if body.is_empty() {
        return String::new();
    }
    format!(
        "<section id=\"{id}\"><h2>{}</h2><p class=\"lead\">{}</p>{body}</section>",
        escape(heading),
        escape(meaning)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_quotes_are_code_even_if_one_is_missing() {
        assert_eq!(with_code("`a<b`: c"), "<code>a&lt;b</code>: c");
        assert_eq!(with_code("a `b"), "a <code>b</code>");
    }

    #[test]
    fn figures_stay_in_one_line_and_words_do_not() {
        for figure in ["12", "0.5", "1 / 3", "1e-3 → 5e-4", "-0.1", "30 %"] {
            assert!(is_figure(figure), "{figure}");
        }
        for words in ["", "e", "step 3", "<b>1</b>", "—", "2 h 1 min"] {
            assert!(!is_figure(words), "{words}");
        }
    }

    #[test]
    fn nothing_can_leave_its_place() {
        assert_eq!(
            escape("</td><script>alert(\"x\" & 'y')\u{0}"),
            "&lt;/td&gt;&lt;script&gt;alert(&quot;x&quot; &amp; &#39;y&#39;)\u{fffd}"
        );
    }
}
