//! From flags to hyper-parameters: defaults < preset < file < flags < `--hparams`.

use std::path::Path;

use diktor_corpus::Reading;
use diktor_track::seal::{RECIPIENTS_VARIABLE, Recipients};
use diktor_train::{
    Hparams,
    hparams::{Resolved, Sources, resolve, resolve_over},
};

use crate::{
    cli::{HparamsSource, Language},
    exit::usage,
};

/// Name and text of a hyper-parameter that has a flag of its own.
pub(crate) type Flag = (&'static str, String);

impl Language {
    /// The cleaners of this language, as the hyper-parameter is written.
    #[must_use]
    pub(crate) fn cleaners(self) -> &'static str {
        match self {
            Self::En => "[english_cleaners]",
            Self::Ru => "[russian_cleaners]",
        }
    }
}

/// Resolves the hyper-parameters of a command line and shows the warnings.
///
/// Without `--lang`, and where nothing else names `text_cleaners`, the language is told from the
/// letters of `corpus`, if there is one.
///
/// # Errors
/// What is wrong with a name, a value or a file; exit code 2.
pub(crate) fn hparams(
    source: &HparamsSource,
    flags: &[Flag],
    corpus: Option<&(&Path, Reading)>,
) -> anyhow::Result<Hparams> {
    let mut flags = flags.to_vec();
    let cleaners_are_named = names_cleaners(source);
    let lang = source.lang.or_else(|| {
        let (path, reading) = corpus.filter(|_| !cleaners_are_named)?;
        language_of(path, reading)
    });
    if let Some(lang) = lang {
        flags.insert(0, ("text_cleaners", lang.cleaners().to_owned()));
    }
    finish(resolve(&sources(source, &flags)))
}

/// The hyper-parameters of a run that goes on: its own, changed by what the command line says.
///
/// # Errors
/// As [`hparams`].
pub(crate) fn hparams_over(
    base: Hparams,
    source: &HparamsSource,
    flags: &[Flag],
) -> anyhow::Result<Hparams> {
    let mut flags = flags.to_vec();
    if let Some(lang) = source.lang {
        flags.insert(0, ("text_cleaners", lang.cleaners().to_owned()));
    }
    finish(resolve_over(base, &sources(source, &flags)))
}

/// What was typed, once more over values that were changed since: flags and overrides win, and what is to be told about
/// them was told the first time.
///
/// # Errors
/// As [`hparams`].
pub(crate) fn typed_again(
    base: Hparams,
    source: &HparamsSource,
    flags: &[Flag],
) -> anyhow::Result<Hparams> {
    let typed = Sources {
        flags,
        overrides: source.hparams.as_deref(),
        ..Sources::default()
    };
    Ok(resolve_over(base, &typed).map_err(usage)?.hparams)
}

fn sources<'a>(source: &'a HparamsSource, flags: &'a [Flag]) -> Sources<'a> {
    Sources {
        preset: source.preset.as_deref(),
        config: source.config.as_deref(),
        flags,
        overrides: source.hparams.as_deref(),
    }
}

fn finish(
    resolved: Result<Resolved, diktor_train::hparams::HparamError>,
) -> anyhow::Result<Hparams> {
    let Resolved {
        mut hparams,
        warnings,
    } = resolved.map_err(usage)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    adopt_recipients(&mut hparams)?;
    Ok(hparams)
}

/// Takes the recipients of the environment where nothing else names any. They become part of the run,
/// so that what is sent of it another day is sealed as well.
///
/// # Errors
/// When they are none; exit code 2.
pub(crate) fn adopt_recipients(hparams: &mut Hparams) -> anyhow::Result<()> {
    match std::env::var(RECIPIENTS_VARIABLE) {
        Ok(keys) => seal_for(hparams, &keys),
        Err(_) => Ok(()),
    }
}

fn seal_for(hparams: &mut Hparams, keys: &str) -> anyhow::Result<()> {
    if hparams.encryption_recipients.is_empty() {
        let recipients = Recipients::parse([keys])
            .map_err(|error| usage(format!("`{RECIPIENTS_VARIABLE}`: {error}")))?;
        hparams.encryption_recipients = recipients.ids();
    }
    Ok(())
}

/// Whether a file or `--hparams` chooses the cleaners, so that no language has to be guessed.
pub(crate) fn names_cleaners(source: &HparamsSource) -> bool {
    let in_file = source
        .config
        .as_ref()
        .and_then(|path| std::fs::read_to_string(path).ok());
    let texts = in_file.iter().chain(&source.hparams);
    texts.into_iter().any(|text| text.contains("text_cleaners"))
}

/// The language of a corpus by the letters of its transcripts; `None` when nothing can be read,
/// which the import says better.
pub(crate) fn language_of(corpus: &Path, reading: &Reading) -> Option<Language> {
    let (mut latin, mut cyrillic) = (0_usize, 0_usize);
    for text in diktor_corpus::sample_texts(corpus, reading) {
        latin += text.chars().filter(char::is_ascii_alphabetic).count();
        cyrillic += text
            .chars()
            .filter(|c| matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё'))
            .count();
    }
    (latin + cyrillic > 0).then_some(if latin > cyrillic {
        Language::En
    } else {
        Language::Ru
    })
}

#[cfg(test)]
mod tests {
    use diktor_track::seal::KeyPair;

    use super::*;

    fn check(list: &str, expected: Option<Language>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("wavs")).unwrap();
        for id in ["a1", "LJ-1"] {
            std::fs::write(folder.path().join(format!("wavs/{id}.wav")), b"").unwrap();
        }
        std::fs::write(folder.path().join("metadata.csv"), list).unwrap();
        let found = language_of(folder.path(), &Reading::default());
        assert_eq!(found, expected, "{list}");
    }

    #[test]
    fn the_language_is_told_from_the_letters() {
        check("a1|The cat, кот, sat.\n", Some(Language::En));
        check("LJ-1|Мы видели NASA вчера.\n", Some(Language::Ru));
        check("", None);
        let nowhere = Path::new("no/such/folder");
        assert_eq!(language_of(nowhere, &Reading::default()), None);
    }

    #[test]
    fn recipients_of_the_environment_give_way_to_those_of_the_run() {
        let [first, second] = [(); 2].map(|()| KeyPair::generate().recipient);
        let mut hparams = Hparams::default();
        seal_for(&mut hparams, &first).unwrap();
        assert_eq!(hparams.encryption_recipients, std::slice::from_ref(&first));
        seal_for(&mut hparams, &second).unwrap();
        assert_eq!(hparams.encryption_recipients, [first]);
        let error = seal_for(&mut Hparams::default(), "age1x").unwrap_err();
        assert!(error.to_string().contains("`AGE_RECIPIENTS`: `age1x`"));
    }

    #[test]
    fn named_cleaners_win_over_a_guess() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("metadata.csv"), "a|Hello.\n").unwrap();
        std::fs::write(folder.path().join("a.wav"), b"").unwrap();
        let mut source = HparamsSource {
            lang: None,
            preset: None,
            config: None,
            hparams: None,
        };
        let cleaners = |source: &HparamsSource| {
            hparams(source, &[], Some(&(folder.path(), Reading::default())))
                .unwrap()
                .text_cleaners
        };
        assert_eq!(cleaners(&source), ["english_cleaners"]);
        source.hparams = Some("text_cleaners=[basic_cleaners]".to_owned());
        assert_eq!(cleaners(&source), ["basic_cleaners"]);
        source.hparams = None;
        source.lang = Some(Language::Ru);
        assert_eq!(cleaners(&source), ["russian_cleaners"]);
    }
}
