//! Verbs that only tell something: help, hparams, doctor, bench.

use crate::harness::diktor;

const VERBS: [&str; 16] = [
    "quickstart",
    "prepare import",
    "prepare stats",
    "prepare transcripts",
    "prepare quarantine",
    "train",
    "synthesize",
    "import",
    "export",
    "hparams",
    "report",
    "check",
    "why",
    "bench train",
    "bench synthesize",
    "doctor",
];

#[test]
fn every_verb_explains_itself_on_stdout() {
    let folder = tempfile::tempdir().unwrap();
    for verb in VERBS {
        let ran = diktor(folder.path(), &format!("{verb} --help")).ok();
        assert!(
            ran.stdout.contains("Examples:") && ran.stdout.contains("--json"),
            "{verb}"
        );
        assert_eq!(ran.stderr, "", "{verb}");
    }
    let version = diktor(folder.path(), "--version").ok().stdout;
    assert_eq!(
        version.trim(),
        concat!("diktor ", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn hparams_lists_presets_and_explains_one() {
    let folder = tempfile::tempdir().unwrap();
    let all = diktor(folder.path(), "hparams --preset demo --json")
        .ok()
        .json();
    let rows = all["hparams"].as_array().unwrap();
    let seed = rows.iter().find(|row| row["name"] == "seed").unwrap();
    assert_eq!(seed["default"], 1234);
    assert!(
        all["presets"]
            .as_array()
            .unwrap()
            .iter()
            .any(|preset| preset == "base")
    );
    let one = diktor(folder.path(), "hparams guided_attn_weight --json")
        .ok()
        .json();
    assert_eq!(
        one["name"], "guide_loss_weight",
        "an alias leads to its hyper-parameter"
    );
    let words = diktor(folder.path(), "hparams guide_loss_weight")
        .ok()
        .stdout;
    assert!(
        words.contains("range:") && words.contains("guided_attn_weight"),
        "{words}"
    );
}

#[test]
fn doctor_finds_the_processor_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let found = diktor(folder.path(), "doctor --json --threads 1").json();
    assert_eq!(found["threads"], 1);
    assert_eq!(found["output"]["writable"], true);
    let cpu = &found["devices"][0];
    assert_eq!(
        (&cpu["backend"], &cpu["devices"][0]),
        (&"cpu".into(), &"cpu".into())
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn doctor_ends_with_1_where_nothing_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "in the way").unwrap();
    let ran = diktor(folder.path(), "doctor -o file/output");
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.contains("problem:") && ran.stdout.contains("hint:"),
        "{ran:?}"
    );
}

#[test]
fn bench_measures_and_its_shares_are_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let sizes = "--preset tiny --batch-size 2 --text-len 9 --mel-len 24 --steps 2 --json";
    for verb in ["train", "synthesize"] {
        let measured = diktor(folder.path(), &format!("bench {verb} {sizes}"))
            .ok()
            .json();
        assert!(
            measured["frames_per_second"].as_f64().unwrap() > 0.0,
            "{measured}"
        );
        let stages = measured["stages"].as_object().unwrap();
        let sum: f64 = stages.values().map(|share| share.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-6, "{measured}");
        if cfg!(target_os = "linux") {
            assert!(
                measured["peak_memory_bytes"].as_u64().unwrap() > 1 << 20,
                "{measured}"
            );
        }
    }
}
