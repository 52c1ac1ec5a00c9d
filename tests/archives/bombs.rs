//! Small files that stand for large ones, and files that never end.

use super::{Found, look};
use brinery::archive::{ArchiveLimits, Doubt, Kind};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(bytes).expect("memory");
    out.finish().expect("memory")
}

fn limit(found: &[Found]) -> Option<&str> {
    let mut remarks = found.iter().flat_map(|found| &found.remarks);
    let found = remarks.find(|(doubt, _)| *doubt == Doubt::Limit);
    found.map(|(_, text)| text.as_str())
}

/// A pickle that takes a thousand times less than it is long.
fn nones(count: usize) -> Vec<u8> {
    let mut pickle = b"\x80\x04".to_vec();
    pickle.resize(count, b'N');
    pickle.push(b'.');
    pickle
}

#[test]
fn ratio() {
    let bomb = gzip(&nones(64 << 20));
    let found = look(&bomb, &ArchiveLimits::default());
    assert_eq!(limit(&found), Some("the limit `ratio` of 24 is reached"));
    let most = 24 * bomb.len() + (8 << 20);
    assert_eq!(found[1].bytes.len(), most);
    // It counts over all members, however deep.
    let limits = ArchiveLimits {
        ratio_free: 0,
        ratio: 50,
        ..ArchiveLimits::default()
    };
    let inner = gzip(&gzip(&nones(1 << 20)));
    assert!(limit(&look(&inner, &limits)).is_some());
    let honest = look(&inner, &ArchiveLimits::default());
    assert_eq!((limit(&honest), honest.len()), (None, 3));
}

/// What is no pickle is not unpacked further than to see it.
#[test]
fn no_pickle() {
    let bomb = gzip(&vec![0; 64 << 20]);
    let found = look(&bomb, &ArchiveLimits::default());
    assert_eq!(limit(&found), None);
    assert_eq!((found[1].kind, found[1].bytes.len()), (Kind::Data, 16 << 10));
}

#[test]
fn members_and_depth() {
    let limits = ArchiveLimits {
        members: 5,
        depth: 3,
        ..ArchiveLimits::default()
    };
    let mut deep = nones(100);
    for _ in 0..10 {
        deep = gzip(&deep);
    }
    let found = look(&deep, &limits);
    assert_eq!(limit(&found), Some("the limit `depth` of 3 is reached"));
    assert_eq!(found.len(), 4);
    let found = look(
        &deep,
        &ArchiveLimits {
            members: 2,
            ..ArchiveLimits::default()
        },
    );
    assert_eq!(limit(&found), Some("the limit `members` of 2 is reached"));
    assert_eq!(found.len(), 3);
}

/// A zip file by hand: `entries` of a directory that all name the same bytes.
fn overlapping(entries: usize, content: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), Compression::best());
    packed.write_all(content).expect("memory");
    let packed = packed.finish().expect("memory");
    let sizes = |out: &mut Vec<u8>| {
        out.extend(crc32fast(content).to_le_bytes());
        out.extend((packed.len() as u32).to_le_bytes());
        out.extend((content.len() as u32).to_le_bytes());
    };
    let mut file = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0".to_vec();
    sizes(&mut file);
    file.extend(b"\x01\0\0\0a");
    file.extend(&packed);
    let start = file.len() as u32;
    for _ in 0..entries {
        file.extend(b"PK\x01\x02\x14\0\x14\0\0\0\x08\0\0\0\0\0");
        sizes(&mut file);
        file.extend(b"\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0a");
    }
    let size = file.len() as u32 - start;
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([(entries as u16).to_le_bytes(); 2].concat());
    file.extend(size.to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0, 0]);
    file
}

fn crc32fast(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Many entries of a directory that stand for the same bytes.
#[test]
fn overlaps() {
    let bomb = overlapping(2000, &nones(1 << 20));
    let found = look(&bomb, &ArchiveLimits::default());
    assert_eq!(limit(&found), Some("the limit `ratio` of 24 is reached"));
    let text: Vec<_> = found[0].remarks.iter().map(|(_, text)| text.as_str()).collect();
    assert!(text.contains(&"1999 entries lie in others"), "{text:?}");
    let one = look(&overlapping(1, b"N."), &ArchiveLimits::default());
    assert_eq!((one[1].kind, &*one[1].bytes), (Kind::Pickle, &b"N."[..]));
    assert!(one.iter().all(|found| found.remarks.is_empty()), "{one:?}");
}

/// A file that is packed into itself has no end.
#[test]
fn lengths() {
    let huge: [&[u8]; 6] = [
        b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0",
        b"7z\xbc\xaf\x27\x1c\0\x04\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x7f\0\0\0\0",
        b"\x93NUMPY\x02\0\xff\xff\xff\xff{",
        b"\x93NUMPY\x01\0\x4e\0{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999, 999999999999), } \n",
        b"\x5d\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0",
        b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46\x02\0\x21\x01\x28\0\0\0\0\0\0\0",
    ];
    for bytes in huge {
        let found = look(bytes, &ArchiveLimits::default());
        assert!(!found[0].remarks.is_empty() || found[0].kind == Kind::Data, "{found:?}");
    }
}
