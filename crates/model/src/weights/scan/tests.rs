//! Every way in which a pickle can name a function.

use super::*;

/// What is called hostile in these bytes.
fn hostile(bytes: &[u8]) -> Option<String> {
    let mut scan = Scan::default();
    scan.look(bytes);
    scan.hostile().map(ToString::to_string)
}

/// A text as protocol 4 writes it.
fn text(text: &str) -> Vec<u8> {
    let mut bytes = vec![0x8c, u8::try_from(text.len()).unwrap()];
    bytes.extend(text.bytes());
    bytes
}

#[test]
fn every_opcode_that_names_is_looked_at() {
    let [os, system, id] = ["os", "system", "id"].map(text);
    let cases: [(&str, Vec<u8>); 10] = [
        (
            "REDUCE",
            b"\x80\x02cos\nsystem\nX\x02\0\0\0id\x85R.".to_vec(),
        ),
        ("protocol 0", b"cos\nsystem\n(S'id'\ntR.".to_vec()),
        ("INST", b"(S'id'\nios\nsystem\n.".to_vec()),
        ("OBJ", b"(cos\nsystem\nS'id'\no.".to_vec()),
        ("NEWOBJ", b"\x80\x02cos\nsystem\n)\x81.".to_vec()),
        ("NEWOBJ_EX", b"\x80\x04cos\nsystem\n)}\x92.".to_vec()),
        (
            "STACK_GLOBAL",
            [b"\x80\x04", &*os, &*system, b"\x93", &*id, b"\x85R."].concat(),
        ),
        // Named and not called, in a list that nobody looks at.
        ("named", b"\x80\x02](cos\nsystem\ne.".to_vec()),
        // Called, and the result thrown away before the weights.
        (
            "popped",
            b"\x80\x02cos\nsystem\nX\x02\0\0\0id\x85R0}.".to_vec(),
        ),
        // Nothing after it is a pickle any more: it has run by then.
        (
            "broken off",
            b"\x80\x02cos\nsystem\nX\x02\0\0\0id\x85R\xff\xff".to_vec(),
        ),
    ];
    for (name, bytes) in cases {
        assert_eq!(hostile(&bytes).as_deref(), Some("os.system"), "{name}");
    }
}

#[test]
fn names_from_the_memo_and_from_escapes_are_names() {
    let [os, system] = ["os", "system"].map(text);
    // `os` is memoized first thing, and fetched after other texts.
    let memo = [
        b"\x80\x04",
        &*os,
        b"\x940",
        &*system,
        b"\x940h\0h\x01\x93)R.",
    ]
    .concat();
    assert_eq!(hostile(&memo).as_deref(), Some("os.system"));
    let long = [
        b"\x80\x04",
        &*os,
        b"r\0\0\x01\x000j\0\0\x01\0",
        &*system,
        b"\x93.",
    ]
    .concat();
    assert_eq!(hostile(&long).as_deref(), Some("os.system"));
    let doubled = [b"\x80\x04", &*text("posix"), b"2", &*system, b"\x93."].concat();
    assert_eq!(hostile(&doubled).as_deref(), Some("posix.system"));
    assert_eq!(
        hostile(b"V\\u006f\\u0073\nS's\\x79\\163tem'\n\x93.").as_deref(),
        Some("os.system")
    );
}

#[test]
fn attributes_are_followed() {
    let getattr = |of: &str, name: &str| {
        [
            b"\x80\x04".to_vec(),
            b"cbuiltins\ngetattr\n".to_vec(),
            of.as_bytes().to_vec(),
            text(name),
            b"\x86R.".to_vec(),
        ]
        .concat()
    };
    let check = |of: &str, name: &str, expected: Option<&str>| {
        assert_eq!(
            hostile(&getattr(of, name)).as_deref(),
            expected,
            "{of} {name}"
        );
    };
    check("cpathlib\nPath\n", "os", Some("pathlib.Path.os"));
    check("ctorch\nhub\n", "load", Some("torch.hub"));
    check(
        "cmodel\nNet\n",
        "__globals__",
        Some("model.Net.__globals__"),
    );
    check("cmodel\nNet\n", "forward", None);
    // Members of enumerations are pickled so by newer Pythons.
    check(
        "cpytorch_lightning.trainer.states\nRunningStage\n",
        "TRAINING",
        None,
    );
    assert_eq!(
        hostile(
            &[
                b"\x80\x04".as_slice(),
                &text("collections"),
                &text("_sys.modules"),
                b"\x93."
            ]
            .concat()
        )
        .as_deref(),
        Some("collections._sys.modules")
    );
}

#[test]
fn pickles_in_pickles_and_after_pickles_are_looked_into() {
    let inner = b"\x80\x02cos\nsystem\n.";
    let mut nested = b"\x80\x03ctorch.storage\n_load_from_bytes\nC".to_vec();
    nested.push(u8::try_from(inner.len()).unwrap());
    nested.extend(inner);
    nested.extend(b"\x85R.");
    assert_eq!(hostile(&nested).as_deref(), Some("os.system"));
    let after = [b"\x80\x02K\x01.\x80\x02}.".as_slice(), inner].concat();
    assert_eq!(hostile(&after).as_deref(), Some("os.system"));
}

#[test]
fn a_million_calls_over_the_same_bytes_take_a_moment() {
    let inner = vec![b'N'; 1 << 20];
    let mut bytes = b"\x80\x03B".to_vec();
    bytes.extend(u32::try_from(inner.len()).unwrap().to_le_bytes());
    bytes.extend(inner);
    bytes.extend(b"q\x000ctorch.storage\n_load_from_bytes\nq\x010");
    bytes.extend(b"h\x01h\0\x85R0".repeat(100_000));
    bytes.push(b'.');
    let began = std::time::Instant::now();
    assert_eq!(hostile(&bytes), None);
    assert!(began.elapsed().as_secs() < 10);
}

#[test]
fn whole_modules_are_recognised_wherever_they_are() {
    let module = b"cmodel\nTacotron2\n)\x81}(X\x0b\0\0\0_parameters}X\x08\0\0\0_modules}ub";
    let check = |bytes: &[u8], expected: Option<(&str, Option<&str>)>| {
        let mut scan = Scan::default();
        scan.look(bytes);
        let found = scan.module.as_ref();
        let found = found.map(|found| (found.class.to_string(), found.key.clone()));
        let expected = expected.map(|(class, key)| (class.to_owned(), key.map(str::to_owned)));
        assert_eq!(found, expected);
    };
    let whole = [b"\x80\x02".as_slice(), module, b"."].concat();
    check(&whole, Some(("model.Tacotron2", None)));
    let under = [b"\x80\x02}X\x03\0\0\0net".as_slice(), module, b"s."].concat();
    check(&under, Some(("model.Tacotron2", Some("net"))));
    check(
        b"\x80\x02chparams\nHParams\n)\x81}X\x02\0\0\0lrK\x01sb.",
        None,
    );
}

#[test]
fn any_bytes_are_gone_through() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..20_000 {
        let mut bytes = b"\x80\x04".to_vec();
        for _ in 0..40 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend(&state.to_le_bytes()[..(state % 8) as usize]);
        }
        let mut scan = Scan::default();
        scan.look(&bytes);
        scan.search(&bytes);
        let _ = (
            scan.hostile(),
            scan.foreign().count(),
            scan.has_nested_storages(),
        );
    }
}
