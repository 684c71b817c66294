//! WAV files as programs really write them. libsndfile reads each of these, to the same samples.

use diktor_audio::{Note, Waveform, decode, decode_within, encode_wav};

use crate::support::{fixture, largest_difference};

fn samples() -> Vec<f32> {
    (0..400)
        .map(|n| ((n as f32 * 0.1).sin() * 16_384.0).round() / 32_768.0)
        .collect()
}

/// 44 bytes of header, 800 of samples.
fn plain() -> Vec<u8> {
    encode_wav(&Waveform {
        samples: samples(),
        sample_rate: 22_050,
    })
    .unwrap()
}

fn changed(at: usize, with: &[u8]) -> Vec<u8> {
    let mut bytes = plain();
    bytes[at..at + with.len()].copy_from_slice(with);
    bytes
}

/// A file with its chunks in this order.
fn file(chunks: &[&[u8]]) -> Vec<u8> {
    let body = chunks.concat();
    let size = (body.len() as u32 + 4).to_le_bytes();
    [b"RIFF", &size[..], b"WAVE", &body].concat()
}

fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [name, &(content.len() as u32).to_le_bytes()[..], content].concat()
}

/// A format chunk of one channel at 22 050 Hz.
fn format(code: u16, bits: u16, more: &[u8]) -> Vec<u8> {
    let block = bits.div_ceil(8);
    let rate = 22_050_u32;
    let fields = [
        &code.to_le_bytes()[..],
        &1_u16.to_le_bytes(),
        &rate.to_le_bytes(),
        &(rate * u32::from(block)).to_le_bytes(),
        &block.to_le_bytes(),
        &bits.to_le_bytes(),
        more,
    ];
    chunk(b"fmt ", &fields.concat())
}

fn data() -> Vec<u8> {
    plain()[36..].to_vec()
}

fn check(what: &str, bytes: &[u8]) {
    let sound = decode_within(bytes, 60.0).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(sound.notes, [], "{what}");
    assert_eq!(sound.waveform.sample_rate, 22_050, "{what}");
    assert_eq!(sound.waveform.samples, samples(), "{what}");
}

#[test]
fn lengths_that_a_pipe_left_open_reach_to_the_end() {
    for length in [
        0_u32,
        0x7fff_0000,
        0x7fff_f000,
        0x7fff_ffdb,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ff00,
        0xffff_ffdb,
        0xffff_ffff,
    ] {
        let bytes = changed(40, &length.to_le_bytes());
        check(&format!("{length:#x}"), &bytes);
        let mut both = bytes;
        both[4..8].copy_from_slice(&length.to_le_bytes());
        check(&format!("{length:#x} twice"), &both);
    }
}

#[test]
fn an_empty_file_with_chunks_behind_is_empty() {
    let bytes = file(&[
        &format(1, 16, &[]),
        &chunk(b"data", &[]),
        &chunk(b"LIST", b"INFOISFT\\4\\0\\0\\0me\\0\\0"),
    ]);
    assert_eq!(decode(&bytes).unwrap().samples, []);
}

#[test]
fn a_cut_file_is_read_and_says_what_is_missing() {
    let sound = decode_within(&plain()[..600], 60.0).unwrap();
    assert_eq!(sound.waveform.samples, samples()[..278]);
    let note = Note::CutShort {
        declared: 400,
        held: 278,
    };
    assert_eq!(sound.notes, [note]);
}

#[test]
fn chunks_of_any_length_before_and_behind_the_samples_are_passed_over() {
    let (format, data) = (format(1, 16, &[]), data());
    let even = chunk(b"LIST", b"INFOxy");
    let padded = [chunk(b"LIST", b"INFOx"), vec![0]].concat();
    let bare = chunk(b"LIST", b"INFOx");
    let fact = chunk(b"fact", &[0; 8]);
    let text = [chunk(b"_PMX", b"<xml/>?"), vec![0]].concat();
    let empty = chunk(b"JUNK", &[]);
    check("even before", &file(&[&even, &format, &data]));
    check("even between", &file(&[&format, &even, &data]));
    check("odd, padded", &file(&[&format, &padded, &data]));
    check("odd, without padding", &file(&[&format, &bare, &data]));
    check(
        "odd, before the format",
        &file(&[&padded, &bare, &format, &data]),
    );
    check("fact of 8 bytes", &file(&[&format, &fact, &data]));
    check("empty, odd text", &file(&[&empty, &format, &text, &data]));
    check(
        "behind",
        &file(&[&format, &data, &padded, &chunk(b"id3 ", b"ab")]),
    );
    check(
        "stray bytes behind",
        &[&file(&[&format, &data])[..], &[0, 1, 2]].concat(),
    );
    check(
        "a length beyond the file",
        &file(&[&format, b"LIST\xff\0\0\x10INFO", &data]),
    );
    check(
        "an empty one first",
        &file(&[&format, &chunk(b"data", &[]), &data]),
    );
    check("stray bytes before", &file(&[&format, &[0, 0, 0], &data]));
    check(
        "half a sample behind",
        &file(&[&format, &chunk(b"data", &[&data[8..], &[7]].concat())]),
    );
    check(
        "a tag before all",
        &[b"ID3\x04\0\0\0\0\0\x02ab", &plain()[..]].concat(),
    );
}

#[test]
fn fields_that_nothing_follows_from_are_not_believed() {
    check("size of the file", &changed(4, &[0; 4]));
    check("bytes per second 0", &changed(28, &[0; 4]));
    check("bytes per second", &changed(28, &[1, 2, 3, 4]));
    check("block of 0", &changed(32, &[0, 0]));
    check("block of 3", &changed(32, &[3, 0]));
    check("block of 4", &changed(32, &[4, 0]));
    for more in [
        &[0, 0][..],
        &[2, 0, 16, 0],
        &[0, 0, 9, 9, 9, 9],
        &[0; 24],
        &[0; 100],
    ] {
        let bytes = file(&[&format(1, 16, more), &data()]);
        check(&format!("a format of {} bytes", 16 + more.len()), &bytes);
    }
}

#[test]
fn fewer_valid_bits_lie_at_the_top_of_their_container() {
    let guid = b"\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";
    let more = [&[22, 0, 24, 0, 4, 0, 0, 0][..], guid].concat();
    let wide: Vec<u8> = data()[8..]
        .chunks(2)
        .flat_map(|s| [0, 0, s[0], s[1]])
        .collect();
    check(
        "24 of 32",
        &file(&[&format(0xfffe, 32, &more), &chunk(b"data", &wide)]),
    );
    let middle: Vec<u8> = data()[8..]
        .chunks(2)
        .flat_map(|s| [0, s[0], s[1]])
        .collect();
    check(
        "20 of 24",
        &file(&[&format(1, 20, &[]), &chunk(b"data", &middle)]),
    );
    check("12 of 16", &file(&[&format(1, 12, &[]), &data()]));
}

#[test]
fn the_big_end_may_come_first() {
    let mut bytes = plain();
    bytes[..4].copy_from_slice(b"RIFX");
    for at in [4, 16, 24, 28, 40] {
        bytes[at..at + 4].reverse();
    }
    for at in [20, 22, 32, 34] {
        bytes[at..at + 2].reverse();
    }
    bytes[44..].chunks_exact_mut(2).for_each(<[u8]>::reverse);
    check("RIFX", &bytes);
}

#[test]
fn a_long_file_tells_its_length_in_a_chunk_of_its_own() {
    let sizes = [
        &900_u64.to_le_bytes()[..],
        &800_u64.to_le_bytes(),
        &400_u64.to_le_bytes(),
        &[0; 4],
    ]
    .concat();
    let mut data = data();
    data[4..8].fill(0xff);
    let mut bytes = file(&[
        &chunk(b"ds64", &sizes),
        &format(1, 16, &[]),
        &data,
        &chunk(b"LIST", b"INFO"),
    ]);
    for magic in [b"RF64", b"BW64"] {
        bytes[..4].copy_from_slice(magic);
        check("ds64", &bytes);
    }
    // A pipe leaves it open, too.
    bytes[28..36].fill(0);
    bytes.truncate(bytes.len() - 12);
    check("ds64 of 0", &bytes);
}

#[test]
fn opposite_channels_are_turned_over_and_told() {
    let interleaved: Vec<u8> = data()[8..]
        .chunks(2)
        .flat_map(|s| {
            let left = i16::from_le_bytes([s[0], s[1]]);
            [left.to_le_bytes(), (-left).to_le_bytes()].concat()
        })
        .collect();
    let mut format = format(1, 16, &[]);
    format[10] = 2;
    let sound = decode_within(&file(&[&format, &chunk(b"data", &interleaved)]), 60.0).unwrap();
    assert_eq!(sound.notes, [Note::OppositeChannels]);
    assert_eq!(sound.waveform.samples, samples());
}

/// As libsndfile decodes every byte, in the scale of 16 bits.
#[test]
fn the_telephone_laws_are_those_of_g_711() {
    for (name, code) in [("a_law", 6), ("mu_law", 7)] {
        let golden = std::fs::read(fixture("wav").join(format!("{name}.i16"))).unwrap();
        let golden: Vec<f32> = golden
            .chunks_exact(2)
            .map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0)
            .collect();
        let all: Vec<u8> = (0..=255).collect();
        let sound = decode(&file(&[&format(code, 8, &[]), &chunk(b"data", &all)])).unwrap();
        assert_eq!(largest_difference(&sound.samples, &golden), 0.0, "{name}");
    }
}
