//! A small reader of event streams, after the WHATWG's rules as far as the contract uses them.

use std::collections::VecDeque;

use pushpull::event::{Cursor, Event, Gap};
use reqwest::{Response, StatusCode};

use crate::app::soon;

/// What lies between two blank lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    pub id: Option<String>,
    pub event: Option<String>,
    /// The lines of `data`, joined by line feeds.
    pub data: Option<String>,
    pub retry: Option<u64>,
    /// Lines that begin with a colon, without it.
    pub comments: Vec<String>,
}

impl Block {
    pub fn parse(text: &str) -> Self {
        let mut block = Self::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
            match field {
                "" => block.comments.push(value),
                "id" => block.id = Some(value),
                "event" => block.event = Some(value),
                "retry" => block.retry = Some(value.parse().unwrap()),
                "data" => match &mut block.data {
                    Some(data) => {
                        data.push('\n');
                        data.push_str(&value);
                    }
                    None => block.data = Some(value),
                },
                other => panic!("no field of an event stream: {other:?}"),
            }
        }
        block
    }

    /// The position that the `id` names.
    pub fn cursor(&self) -> Cursor {
        self.id
            .as_deref()
            .expect("a block with an id")
            .parse()
            .unwrap()
    }

    /// The event that the `data` holds.
    pub fn to_event(&self) -> Event {
        assert_eq!(self.event, None, "events are plain messages");
        serde_json::from_str(self.data.as_deref().expect("a block with data")).unwrap()
    }

    /// The gap that the `data` holds.
    pub fn to_gap(&self) -> Gap {
        assert_eq!(self.event.as_deref(), Some("gap"));
        serde_json::from_str(self.data.as_deref().expect("a block with data")).unwrap()
    }

    fn is_comment(&self) -> bool {
        *self
            == Self {
                comments: self.comments.clone(),
                ..Self::default()
            }
    }
}

/// An open event stream.
#[derive(Debug)]
pub struct EventStream {
    answer: Response,
    /// Bytes that are no whole block yet.
    rest: Vec<u8>,
    blocks: VecDeque<Block>,
}

impl EventStream {
    /// The stream of an answer, which must be one.
    pub fn new(answer: Response) -> Self {
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self {
            answer,
            rest: Vec::new(),
            blocks: VecDeque::new(),
        }
    }

    /// The next block; `None` when the server has ended the stream properly, the error when it
    /// broke off.
    pub async fn try_block(&mut self) -> Result<Option<Block>, reqwest::Error> {
        loop {
            if let Some(block) = self.blocks.pop_front() {
                return Ok(Some(block));
            }
            let Some(chunk) = soon("a block", self.answer.chunk()).await? else {
                assert!(self.rest.is_empty(), "a stream ends with a whole block");
                return Ok(None);
            };
            self.rest.extend_from_slice(&chunk);
            while let Some(end) = self.rest.windows(2).position(|two| two == b"\n\n") {
                let text: Vec<u8> = self.rest.drain(..end + 2).collect();
                self.blocks
                    .push_back(Block::parse(std::str::from_utf8(&text).unwrap()));
            }
        }
    }

    /// The next block, whatever it is.
    pub async fn block(&mut self) -> Block {
        self.try_block().await.unwrap().expect("the stream goes on")
    }

    /// The next block that is no heartbeat.
    pub async fn word(&mut self) -> Block {
        loop {
            let block = self.block().await;
            if !block.is_comment() {
                return block;
            }
        }
    }

    /// Reads the first blocks, `retry` and position; the position.
    pub async fn position(&mut self) -> Cursor {
        let first = self.block().await;
        assert!(first.retry.is_some(), "{first:?}");
        self.block().await.cursor()
    }

    /// The next block, which must be an event.
    pub async fn event(&mut self) -> Event {
        let block = self.word().await;
        let event = block.to_event();
        assert_eq!(block.cursor().seq, event.seq);
        event
    }
}
