//! A training set whose texts or recordings are hardly different from each other.

/// How little there is to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Monotony {
    /// Utterances to train on.
    pub utterances: u64,
    /// Different texts among them.
    pub texts: u64,
    /// Different recordings among them.
    pub recordings: u64,
}

const FORM: [&str; 4] = [
    "the training set holds ",
    " utterances with ",
    " different texts and ",
    " different recordings",
];

impl Monotony {
    /// The warning of a run about it.
    pub fn sentence(&self) -> String {
        let [start, utterances, texts, recordings] = FORM;
        format!(
            "{start}{}{utterances}{}{texts}{}{recordings}",
            self.utterances, self.texts, self.recordings
        )
    }

    /// The figures of such a warning.
    pub fn read(sentence: &str) -> Option<Self> {
        let [start, utterances, texts, recordings] = FORM;
        let rest = sentence.strip_prefix(start)?.strip_suffix(recordings)?;
        let (first, rest) = rest.split_once(utterances)?;
        let (second, third) = rest.split_once(texts)?;
        Some(Self {
            utterances: first.parse().ok()?,
            texts: second.parse().ok()?,
            recordings: third.parse().ok()?,
        })
    }
}
