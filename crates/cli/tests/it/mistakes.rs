//! Runs that survive mistakes: one that cannot begin leaves nothing, one that cannot go on stays as it was.

use std::{collections::BTreeSet, fs, net::TcpListener, path::Path};

use serde_json::Value;

use crate::harness::{
    QUICK, add_tones, assert_same, contents, corpus, diktor, recorded, remove_tones, trained,
};

#[test]
fn a_run_that_cannot_go_on_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let run = trained(folder.path());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(
        folder.path().join("alerts.yaml"),
        "telegram: {enabled: 5}\n",
    )
    .unwrap();
    let before = contents(&run);
    for (change, word) in [
        ("--hparams use_mmi=True", "`use_mmi`"),
        ("--preset demo", "`encoder_embedding_dim`"),
        (
            "--hparams n_mel_channels=40",
            "`n_mel_channels` from 80 to 40",
        ),
        ("--hparams attention_type=dca", "`attention_type`"),
        ("--hparams use_gst=True", "`use_gst`"),
        ("--lang ru", "hint:"),
        ("--hparams batch_size=0", "batch_size"),
        ("--hparams global_mean_npy=no.npy", "no.npy"),
        ("--hparams quarantine_file=no.csv", "no.csv"),
        ("-l logs --dataset nowhere", "hint:"),
        ("--dataset nowhere", "nowhere"),
        ("--dataset empty", "empty"),
        (&format!("--metrics-addr {port}"), "hint:"),
        ("--device rocm:0", "rocm"),
        ("--config alerts.yaml", "alerts.yaml"),
    ] {
        let ran = diktor(folder.path(), &format!("train --resume -o run {change}"));
        assert!([1, 2].contains(&ran.code), "{change}: {ran:?}");
        assert!(ran.stderr.contains(word), "{change}: {}", ran.stderr);
        assert_same(&before, &contents(&run), change);
    }
    let on = diktor(
        folder.path(),
        "train --resume -o run --max-steps 5 --json -q",
    )
    .ok();
    assert_eq!(on.json()["resumed_from"], 4);
}

#[test]
fn a_run_that_cannot_begin_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap();
    fs::write(folder.path().join("torn.ckpt"), "half").unwrap();
    let before = contents(folder.path());
    let from = "-c run/checkpoints/last.ckpt --dataset corpus";
    for line in [
        format!("{from} --preset demo"),
        format!("{from} --hparams use_mmi=True"),
        format!("{from} --lang ru"),
        format!("{from} --metrics-addr {port}"),
        format!("{from} --device rocm:0"),
        format!("{from} -l logs --hparams use_mmi=True"),
        "-c torn.ckpt --dataset corpus".to_owned(),
        "-c torn.ckpt --warm-start --dataset corpus --preset tiny".to_owned(),
        "--dataset nowhere --preset tiny".to_owned(),
        "--dataset corpus --preset tiny --hparams global_mean_npy=no.npy".to_owned(),
        "--dataset corpus --preset tiny --hparams tracking_uri=sqlite:///x.db".to_owned(),
        "--preset tiny".to_owned(),
    ] {
        for output in ["new", "deep/er/new"] {
            let ran = diktor(folder.path(), &format!("train {line} -o {output}"));
            assert!([1, 2].contains(&ran.code), "{line}: {ran:?}");
            assert!(!ran.stderr.contains("panicked"), "{line}: {}", ran.stderr);
            assert_same(&before, &contents(folder.path()), &line);
        }
    }
    diktor(
        folder.path(),
        &format!("train {from} -o new --max-steps 5 -q"),
    )
    .ok();
}

/// The ids of a part, as the run has split them.
fn part(run: &Path, name: &str) -> BTreeSet<String> {
    let record = fs::read(run.join("dataset/split.json")).unwrap();
    let record: Value = serde_json::from_slice(&record).unwrap();
    let ids = record[name].as_array().unwrap().iter();
    ids.map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// The names of the recordings of a list of the run.
fn listed(run: &Path, list: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(run.join("dataset").join(list)).unwrap();
    let names = text.lines().map(|line| {
        let path = Path::new(line.split('|').next().unwrap());
        path.file_stem().unwrap().to_str().unwrap().to_owned()
    });
    names.collect()
}

#[test]
fn what_judges_a_run_judges_it_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = corpus(folder.path());
    add_tones(&recordings, 12..32);
    let line = "train --dataset corpus -o run --preset tiny --max-steps 2 -q --hparams";
    diktor(folder.path(), &format!("{line} {QUICK}")).ok();
    let run = folder.path().join("run");
    let (train, judged) = (part(&run, "train"), part(&run, "validation"));
    assert_eq!((train.len(), judged.len()), (28, 4));
    assert_eq!(listed(&run, "val.csv"), judged);

    // Recordings of both parts go, and enough come that a new split would be another.
    let gone = [
        train.first().unwrap().as_str(),
        judged.first().unwrap().as_str(),
    ];
    remove_tones(&recordings, &gone);
    add_tones(&recordings, 40..60);
    let ran = diktor(
        folder.path(),
        "train --resume -o run --max-steps 3 --hparams seed=99",
    )
    .ok();
    for told in [
        "new, to train on: 20 (`tone-40`",
        "gone: 2",
        "1 of them of the validation set",
    ] {
        assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
    }
    let there: BTreeSet<String> = judged.iter().filter(|id| *id != gone[1]).cloned().collect();
    assert_eq!(listed(&run, "val.csv"), there);
    assert_eq!(
        part(&run, "validation"),
        judged,
        "what is gone is remembered"
    );
    assert!(listed(&run, "train.csv").contains("tone-59"));
    let found = diktor(folder.path(), "train --mode validate -o run --json -q").ok();
    assert_eq!(found.json()["utterances"], 3);

    // What comes back comes back to its part; a run of an older program has lists alone.
    fs::remove_file(run.join("dataset/split.json")).unwrap();
    diktor(folder.path(), "train --resume -o run --max-steps 4 -q").ok();
    assert_eq!(listed(&run, "val.csv"), there);
}

#[test]
fn another_runs_checkpoint_brings_its_split() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = corpus(folder.path());
    add_tones(&recordings, 12..32);
    let line = "train --dataset corpus -o run --preset tiny --max-steps 2 -q --hparams";
    diktor(folder.path(), &format!("{line} {QUICK}")).ok();
    let judged = part(&folder.path().join("run"), "validation");
    add_tones(&recordings, 40..60);
    let line = "train -c run/checkpoints/last.ckpt --dataset corpus -o on --max-steps 3 -q";
    diktor(folder.path(), line).ok();
    assert_eq!(part(&folder.path().join("on"), "validation"), judged);
}

#[test]
fn a_run_that_had_ended_says_that_nothing_was_left_to_do() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let ran = diktor(folder.path(), "train --resume -o run").ok();
    for said in [&ran.stdout, &ran.stderr] {
        assert!(
            said.contains("nothing was left to do") && said.contains("--max-steps"),
            "{ran:?}"
        );
    }
    assert!(!ran.stderr.contains("completed"), "{ran:?}");
}

#[test]
fn a_changed_hyper_parameter_is_told_from_its_own_value() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let line = "train --resume -o run --max-steps 5 -q --hparams learning_rate=0.0005";
    diktor(folder.path(), line).ok();
    assert!(recorded(
        folder.path(),
        "\"knob\":\"learning_rate\",\"old\":0.001,\"new\":0.0005,\"why\":\"the hyper-parameter was changed"
    ));
}

#[test]
fn a_run_that_is_moved_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let run = trained(folder.path());
    let moved = folder.path().join("elsewhere/run");
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    fs::rename(run, &moved).unwrap();
    let on = diktor(
        folder.path(),
        "train --resume -o elsewhere/run --max-steps 5 --json -q",
    );
    assert_eq!(on.ok().json()["resumed_from"], 4);
}

#[test]
fn a_damaged_store_is_made_anew_by_whoever_needs_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = trained(folder.path());
    let store = run.join("store.sqlite");
    let whole = fs::read(&store).unwrap();
    let mut noisy = whole.clone();
    let (from, to) = (whole.len() / 4, whole.len() / 2);
    noisy[from..to].fill(0xa5);
    for (number, damaged) in [&whole[..whole.len() / 2], &noisy, b"no store", b""]
        .into_iter()
        .enumerate()
    {
        fs::write(&store, damaged).unwrap();
        let line = format!("export mlflow-db run -o {number}.db --json");
        let exported = diktor(folder.path(), &line).ok();
        assert!(
            exported.json()["metrics"].as_u64().unwrap() > 50,
            "{exported:?}"
        );
        fs::write(&store, damaged).unwrap();
        let steps = number + 5;
        let line = format!("train --resume -o run --max-steps {steps} --json");
        let ran = diktor(folder.path(), &line).ok();
        assert!(!ran.stderr.contains("incomplete"), "{ran:?}");
        assert!(
            damaged.is_empty() || ran.stderr.contains("set aside"),
            "{ran:?}"
        );
        let line = format!("export mlflow-db run -o again-{number}.db --json");
        diktor(folder.path(), &line).ok();
    }
}
