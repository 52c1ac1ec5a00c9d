//! Django's sessions as its database backend stores them, with a serializer that pickles: what
//! `django.contrib.sessions.serializers.PickleSerializer` was up to Django 4.2, and what projects define themselves since.
//!
//! A session is `[.]base64(pickle):time:signature`; a dot says that the pickle is compressed. The signature is checked
//! before anything else, and even a forged pickle could not do any harm here.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::{
    error::Error,
    io::{Read, Write},
};

/// The salt of the database backend: its class's name.
const SALT: &str = "django.contrib.sessions.SessionStore";
/// Django's order of digits.
const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// A session larger than this is refused, however well it is compressed.
const LARGEST: u64 = 16 << 20;

/// The keyed hash, ready to be checked or written.
fn signature(secret: &str, value: &str) -> Result<Hmac<Sha256>, Box<dyn Error>> {
    let key = Sha256::digest(format!("{SALT}signer{secret}"));
    let mut mac = Hmac::new_from_slice(&key)?;
    mac.update(value.as_bytes());
    Ok(mac)
}

/// A session's data, as stored at a time in seconds since 1970.
pub fn encode<T: Serialize>(session: &T, secret: &str, time: u64) -> Result<String, Box<dyn Error>> {
    let pickle = brinery::Options::new().protocol(5).to_vec(session)?;
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&pickle)?;
    let packed = packed.finish()?;
    let data = match packed.len() + 1 < pickle.len() {
        true => format!(".{}", BASE64.encode(packed)),
        false => BASE64.encode(pickle),
    };
    let mut digits = Vec::new();
    let mut rest = time;
    while rest > 0 || digits.is_empty() {
        digits.push(DIGITS[(rest % 62) as usize]);
        rest /= 62;
    }
    digits.reverse();
    let value = format!("{data}:{}", String::from_utf8(digits)?);
    let signed = signature(secret, &value)?.finalize().into_bytes();
    Ok(format!("{value}:{}", BASE64.encode(signed)))
}

/// The session that was stored.
pub fn decode<T: DeserializeOwned>(stored: &str, secret: &str) -> Result<T, Box<dyn Error>> {
    let (value, signed) = stored.rsplit_once(':').ok_or("no signature")?;
    signature(secret, value)?.verify_slice(&BASE64.decode(signed)?)?;
    let (data, _time) = value.rsplit_once(':').ok_or("no time")?;
    let pickle = match data.strip_prefix('.') {
        None => BASE64.decode(data)?,
        Some(packed) => {
            let mut pickle = Vec::new();
            ZlibDecoder::new(&*BASE64.decode(packed)?)
                .take(LARGEST)
                .read_to_end(&mut pickle)?;
            pickle
        }
    };
    Ok(brinery::from_slice(&pickle)?)
}

/// What a logged-in user's session has, and what this shop adds to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// The user's primary key, as text.
    #[serde(rename = "_auth_user_id")]
    pub user: String,
    /// Who let the user in.
    #[serde(rename = "_auth_user_backend")]
    pub backend: String,
    /// Article numbers and how many of each: keys that JSON could not have.
    #[serde(default)]
    pub basket: std::collections::BTreeMap<u32, u32>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let session = Session {
        user: "7".into(),
        backend: "django.contrib.auth.backends.ModelBackend".into(),
        basket: [(1001, 2), (1002, 1)].into(),
    };
    let stored = encode(&session, "not so secret", 1_767_225_600)?;
    println!("{stored}");
    println!("{:?}", decode::<Session>(&stored, "not so secret")?);
    println!(
        "with another key: {}",
        decode::<Session>(&stored, "guessed").unwrap_err()
    );
    Ok(())
}
