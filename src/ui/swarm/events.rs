//! `GET /api/swarm/events`: an open page follows the swarms. The server draws, and sends each piece
//! of the page that has become another one, with its place: a line with a CSS selector, and below it
//! the HTML that belongs there. A swarm that has come, or is gone, is an event of that name, so that
//! those beside it stay as they are, and the focus in them. What has not changed is not sent, so that a swarm that is silent
//! while it measures this server costs it nothing here either.

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::{Query, Request, State, rejection::QueryRejection},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use serde::Deserialize;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, sleep, sleep_until},
};

use super::reporting::{
    Change, Piece, SAID, all, come, curves, escaped, gone, place_of, said, words,
};
use crate::{
    swarm::{Swarm, SwarmId, Swarms},
    transport::{error::ApiError, serving::Serving, sse::RETRY_MS},
    ui::{text::Text, visitor::Visitor},
};

/// Where it is; the page says with `seen` as of which change it was drawn.
pub const ADDRESS: &str = "/api/swarm/events";
/// How many pages follow at a time.
const MOST: usize = 64;
/// The least time between two looks.
const PACE: Duration = Duration::from_secs(1);
/// A comment, which no browser dispatches.
const HEARTBEAT: &[u8] = b":\n\n";

/// What following needs; a clone is a handful of references.
#[derive(Debug, Clone)]
pub struct Followed {
    swarms: Swarms,
    serving: Serving,
    places: Arc<Semaphore>,
}

impl Followed {
    /// Those swarms, on that server.
    pub fn new(swarms: Swarms, serving: Serving) -> Self {
        Self {
            swarms,
            serving,
            places: Arc::new(Semaphore::new(MOST)),
        }
    }
}

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub struct Seen {
    seen: Option<u64>,
}

/// Answers with a stream that never ends.
pub async fn follow(
    State(followed): State<Followed>,
    seen: Result<Query<Seen>, QueryRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let place = followed.places.try_acquire_owned();
    let place = place.map_err(|_| ApiError::TooManySockets)?;
    let (parts, _) = request.into_parts();
    let mut changes = followed.swarms.changes();
    // What makes no sense has been seen by nobody.
    let seen = seen.ok().and_then(|Query(seen)| seen.seen);
    let is_new = seen != Some(*changes.borrow_and_update());
    let mut follower = Follower {
        page: Page::new(Text::new(Visitor::of(&parts).language)),
        swarms: followed.swarms,
        serving: followed.serving,
        changes,
        looked: None,
        blocks: VecDeque::from([Bytes::from(format!("retry: {RETRY_MS}\n\n"))]),
        _place: place,
    };
    let swarms = follower.swarms.all();
    if is_new {
        follower.tell(&swarms);
    } else {
        // The page shows all of that already.
        follower.page.changed(&swarms);
    }
    let body = stream::unfold(follower, async |mut follower| {
        let block = follower.next().await?;
        Some((Ok::<_, Infallible>(block), follower))
    });
    let kind = HeaderValue::from_static("text/event-stream");
    Ok(([(header::CONTENT_TYPE, kind)], Body::from_stream(body)).into_response())
}

/// A page that follows.
struct Follower {
    page: Page,
    swarms: Swarms,
    serving: Serving,
    changes: watch::Receiver<u64>,
    looked: Option<Instant>,
    blocks: VecDeque<Bytes>,
    /// Taken for as long as it follows.
    _place: OwnedSemaphorePermit,
}

impl Follower {
    /// The next block; `None` when the server goes down.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.serving.stop.is_cancelled() {
                return None;
            }
            if let Some(block) = self.blocks.pop_front() {
                return Some(block);
            }
            tokio::select! {
                changed = self.changes.changed() => changed.ok()?,
                () = sleep(self.serving.heartbeat) => return Some(Bytes::from_static(HEARTBEAT)),
                () = self.serving.stop.cancelled() => return None,
            }
            // At once after a while without change, else in turn: what a swarm hands in between two
            // lanes is drawn before the next one is measured.
            if let Some(looked) = self.looked {
                tokio::select! {
                    () = sleep_until(looked + PACE) => {}
                    () = self.serving.stop.cancelled() => return None,
                }
            }
            self.changes.mark_unchanged();
            self.looked = Some(Instant::now());
            let swarms = self.swarms.all();
            self.tell(&swarms);
        }
    }

    fn tell(&mut self, swarms: &[Swarm]) {
        let pieces = self.page.changed(swarms);
        self.blocks.extend(pieces.iter().map(block));
    }
}

/// What a page shows, as far as it is needed to know what has changed.
struct Page {
    text: Text,
    /// Which swarms it shows; `None` while that is not known.
    shown: Option<Vec<SwarmId>>,
    /// Of how many lanes each swarm's curves were drawn, and whether it was over.
    drawn: HashMap<SwarmId, (usize, bool)>,
    /// The hash of what stands in each place.
    stands: HashMap<String, u64>,
    hasher: RandomState,
}

impl Page {
    fn new(text: Text) -> Self {
        Self {
            text,
            shown: None,
            drawn: HashMap::new(),
            stands: HashMap::new(),
            hasher: RandomState::new(),
        }
    }

    /// The pieces that are others than before: what has gone, what has come, and what has changed of
    /// the rest. It is all of them in one where nobody knows what the page shows, and where there was
    /// no swarm or is none any more, which the page says.
    fn changed(&mut self, swarms: &[Swarm]) -> Vec<Piece> {
        let ids: Vec<SwarmId> = swarms.iter().map(|swarm| swarm.id).collect();
        let shown = self.shown.replace(ids.clone());
        let is_whole = shown
            .as_ref()
            .is_none_or(|shown| shown.is_empty() != ids.is_empty());
        let shown = shown.unwrap_or_default();
        if is_whole {
            self.drawn.clear();
            self.stands.clear();
        }
        let (mut moved, mut pieces) = (Vec::new(), Vec::new());
        for id in shown.iter().filter(|id| !ids.contains(id)) {
            self.drawn.remove(id);
            let place = place_of(*id);
            self.stands.retain(|known, _| !known.starts_with(&place));
            moved.push(gone(*id));
        }
        // The latest, which stands first, comes last.
        for swarm in swarms.iter().rev() {
            let mut own = words(swarm, self.text);
            let now = (swarm.points.len(), swarm.is_over());
            if self.drawn.insert(swarm.id, now) != Some(now) {
                own.extend(curves(swarm, self.text));
            }
            own.retain(|piece| self.is_another(piece));
            if shown.contains(&swarm.id) {
                pieces.extend(own);
            } else {
                moved.push(come(swarm, self.text));
            }
        }
        if is_whole {
            moved = vec![all(swarms, self.text)];
        }
        let said = Piece::held(format!("#{SAID}"), escaped(&said(swarms, self.text)));
        if self.is_another(&said) {
            pieces.push(said);
        }
        moved.extend(pieces);
        moved
    }

    /// Whether something else stands in the piece's place, which it takes.
    fn is_another(&mut self, piece: &Piece) -> bool {
        let hash = self.hasher.hash_one(&piece.html);
        self.stands.insert(piece.place.clone(), hash) != Some(hash)
    }
}

/// A piece as a block of an event stream.
fn block(piece: &Piece) -> Bytes {
    let mut block = match piece.change {
        Change::Holds => String::new(),
        Change::Come => "event: come\n".to_owned(),
        Change::Gone => "event: gone\n".to_owned(),
    };
    block += &format!("data: {}\n", piece.place);
    for line in piece.html.split(['\n', '\r']) {
        block += "data: ";
        block += line;
        block.push('\n');
    }
    block.push('\n');
    Bytes::from(block)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        made_up,
        runs::record::Record,
        swarm::{
            point::Point,
            report::{Announcement, LaneWanted, Phase, Progress},
        },
        ui::{language::Language, swarm::reporting::ALL},
    };

    fn places(pieces: &[Piece]) -> Vec<&str> {
        let class = |piece: &Piece| piece.place.rsplit(['.', '#']).next().unwrap().len();
        pieces
            .iter()
            .map(|piece| {
                let length = class(piece);
                piece.place.get(piece.place.len() - length..).unwrap()
            })
            .collect()
    }

    /// Announces a swarm that measures what the run holds.
    fn announced(swarms: &Swarms, run: &Record) -> SwarmId {
        let lane = |lane: &crate::runs::record::LaneRecord| LaneWanted {
            transport: lane.client.transport,
            subscribers: 10,
        };
        let announced = Announcement {
            name: "<b>tonight</b>".to_owned(),
            client: "pushpull load".to_owned(),
            target: "pushpull, 127.0.0.1".to_owned(),
            reads_server: false,
            workload: run.workload,
            idle_s: 0,
            lanes: run.lanes.iter().map(lane).collect(),
        };
        let welcome = swarms.announce(announced, 1).unwrap();
        welcome.swarm.parse().unwrap()
    }

    #[test]
    fn only_what_has_changed_is_sent_and_everything_where_the_first_comes() {
        let swarms = Swarms::default();
        let mut page = Page::new(Text::new(Language::English));
        // Whatever the page showed before: the server may have begun anew.
        assert_eq!(places(&page.changed(&swarms.all())), [ALL, SAID]);
        assert!(page.changed(&swarms.all()).is_empty());
        let run = made_up::swarm(&[10]);
        let id = announced(&swarms, &run);
        let all = page.changed(&swarms.all());
        assert_eq!(places(&all), [ALL, SAID]);
        let html = &all.first().unwrap().html;
        assert!(html.contains("&lt;b>tonight") || html.contains("&lt;b&gt;tonight"));
        let progress = Progress {
            lane: 0,
            phase: Phase::Publishing,
            done: 1_000,
            of: 10_000,
            received: 5,
        };
        swarms.progress(id, progress, 2).unwrap();
        assert_eq!(places(&page.changed(&swarms.all())), ["where"]);
        let point = run.lanes.first().and_then(Point::of).unwrap();
        swarms.lane(id, 0, point, 2).unwrap();
        let changed = page.changed(&swarms.all());
        let changed = places(&changed);
        assert_eq!(changed.iter().filter(|place| **place == "held").count(), 4);
        for place in ["where", "sentence", "numbers", SAID] {
            assert!(changed.contains(&place), "{place}: {changed:?}");
        }
        assert!(page.changed(&swarms.all()).is_empty());
    }

    #[test]
    fn a_swarm_that_comes_or_goes_leaves_those_beside_it_as_they_are() {
        let swarms = Swarms::default();
        let mut page = Page::new(Text::new(Language::English));
        let run = made_up::swarm(&[10]);
        let first = announced(&swarms, &run);
        page.changed(&swarms.all());
        let second = announced(&swarms, &run);
        let third = announced(&swarms, &run);
        let pieces = page.changed(&swarms.all());
        let told: Vec<_> = pieces.iter().map(|it| (it.change, &*it.place)).collect();
        let come = (Change::Come, "#swarms");
        assert_eq!(
            told,
            [come, come],
            "nothing is said that was not said before"
        );
        for (piece, id) in pieces.iter().zip([second, third]) {
            assert_eq!(piece.html.matches("<article").count(), 1);
            assert!(piece.html.contains(&id.to_string()));
        }
        let point = run.lanes.first().and_then(Point::of).unwrap();
        swarms.lane(third, 0, point, 2).unwrap();
        let but_second: Vec<Swarm> = swarms
            .all()
            .into_iter()
            .filter(|swarm| swarm.id != second)
            .collect();
        let pieces = page.changed(&but_second);
        let gone = pieces.first().unwrap();
        let its = format!("#swarm-{second}");
        assert_eq!((gone.change, &gone.place), (Change::Gone, &its));
        let rest = pieces.get(1..).unwrap();
        assert!(rest.iter().all(|piece| piece.change == Change::Holds));
        assert!(
            !rest
                .iter()
                .any(|piece| piece.place.contains(&first.to_string()))
        );
        assert!(page.changed(&but_second).is_empty());
        // With the last of them the page says that there is none.
        assert_eq!(places(&page.changed(&[])), [ALL, SAID]);
        let told = block(gone);
        let told = std::str::from_utf8(&told).unwrap();
        assert_eq!(told, format!("event: gone\ndata: {its}\ndata: \n\n"));
    }

    #[test]
    fn a_piece_of_many_lines_is_one_event() {
        let piece = Piece::held("#x".to_owned(), "a\nb\r\n\nid: 7".to_owned());
        let told = block(&piece);
        let told = std::str::from_utf8(&told).unwrap();
        assert_eq!(
            told,
            "data: #x\ndata: a\ndata: b\ndata: \ndata: \ndata: id: 7\n\n"
        );
    }
}
