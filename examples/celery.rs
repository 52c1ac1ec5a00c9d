//! Celery's messages with the content type `application/x-python-serialize`: read a task and build one.
//!
//! A message is JSON: headers that name the task, and a body in base64, whose pickle is `(args, kwargs, embed)`.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value as Json, json};
use std::error::Error;

/// What a body has besides the arguments: what is to be called when the task is done.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Embed {
    /// On success.
    pub callbacks: Option<Vec<Json>>,
    /// On failure.
    pub errbacks: Option<Vec<Json>>,
    /// The rest of the chain.
    pub chain: Option<Vec<Json>>,
    /// The end of the chord.
    pub chord: Option<Json>,
}

/// A call of a task: arguments as a tuple, keyword arguments as a struct or map.
#[derive(Debug, PartialEq)]
pub struct Task<Args, Kwargs> {
    /// The task's name.
    pub name: String,
    /// The call's id.
    pub id: String,
    /// The positional arguments.
    pub args: Args,
    /// The keyword arguments.
    pub kwargs: Kwargs,
    /// What is to be called afterwards.
    pub embed: Embed,
}

/// The message of a task, for a queue.
pub fn write<A: Serialize, K: Serialize>(task: &Task<A, K>, queue: &str) -> Result<String, Box<dyn Error>> {
    let body = brinery::to_vec(&(&task.args, &task.kwargs, &task.embed))?;
    let message = json!({
        "body": STANDARD.encode(body),
        "content-type": "application/x-python-serialize",
        "content-encoding": "binary",
        "headers": {
            "lang": "py",
            "task": task.name,
            "id": task.id,
            "root_id": task.id,
            "parent_id": null,
            "group": null,
            "retries": 0,
            "eta": null,
            "expires": null,
            "timelimit": [null, null],
            "origin": "rust",
            "argsrepr": "(…)",
            "kwargsrepr": "{…}",
        },
        "properties": {
            "correlation_id": task.id,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": queue},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": task.id,
        },
    });
    Ok(message.to_string())
}

/// The task of a message.
pub fn read<A: DeserializeOwned, K: DeserializeOwned>(message: &str) -> Result<Task<A, K>, Box<dyn Error>> {
    let message: Json = serde_json::from_str(message)?;
    let header = |name: &str| message["headers"][name].as_str().unwrap_or_default().to_owned();
    if message["content-type"] != "application/x-python-serialize" {
        return Err("the content is no pickle".into());
    }
    let body = STANDARD.decode(message["body"].as_str().ok_or("no body")?)?;
    let (args, kwargs, embed) = brinery::from_slice(&body)?;
    Ok(Task {
        name: header("task"),
        id: header("id"),
        args,
        kwargs,
        embed,
    })
}

/// The keyword arguments of the task in the example.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resize {
    /// In pixels.
    pub width: u32,
    /// What to call the result.
    pub name: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let task = Task {
        name: "pictures.resize".into(),
        id: "5f3e9c1e-0001-4000-8000-000000000001".into(),
        args: ("lamp.png", 0.5),
        kwargs: Resize { width: 640, name: None },
        embed: Embed::default(),
    };
    let message = write(&task, "celery")?;
    println!("{message}");
    let again: Task<(String, f64), Resize> = read(&message)?;
    println!("{again:?}");
    Ok(())
}
