use super::*;

const SECOND: i64 = 1000;
const START: i64 = 1_700_000_000_000;
const DAY: i64 = 86_400 * SECOND;

struct Fixture {
    messages: Messages,
    ids: Ids,
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            messages: Messages::of(folder.path()),
            ids: Ids::seeded(1),
            folder,
        }
    }

    fn send(&self, queue: &str, body: &str, delay: i64, now: i64) -> String {
        let message = Message {
            body: body.to_owned(),
            attributes: Attributes::new(),
            system_attributes: Attributes::new(),
            delay: None,
        };
        let sent = self
            .messages
            .send(queue, &[(message, delay)], "me", &self.ids, now)
            .unwrap();
        sent[0].clone()
    }

    fn receive(&self, queue: &str, now: i64) -> Vec<Received> {
        self.receive_as(Receive {
            queue,
            queue_arn: "arn",
            retention: DAY,
            dead_letters: None,
            limit: 10,
            hidden: 30 * SECOND,
            now,
        })
    }

    fn receive_as(&self, receive: Receive<'_>) -> Vec<Received> {
        self.messages.receive(&receive, &self.ids).unwrap()
    }

    fn counts(&self, queue: &str, now: i64) -> (u64, u64, u64) {
        let counts = self.messages.counts(queue, DAY, now).unwrap();
        (counts.visible, counts.in_flight, counts.delayed)
    }
}

fn bodies(received: &[Received]) -> Vec<&str> {
    received
        .iter()
        .map(|message| message.body.as_str())
        .collect()
}

#[test]
fn a_message_is_hidden_until_its_time_is_over_or_it_is_deleted() {
    let f = Fixture::new();
    f.send("q", "one", 0, START);
    f.send("q", "two", 0, START);
    f.send("other", "three", 0, START);
    let first = f.receive("q", START);
    assert_eq!(bodies(&first), ["one", "two"]);
    assert!(f.receive("q", START + 29 * SECOND).is_empty());
    f.messages.delete("q", &first[0].receipt).unwrap();
    let again = f.receive("q", START + 30 * SECOND);
    assert_eq!(bodies(&again), ["two"]);
    assert_eq!((again[0].count, again[0].first_received), (2, START));
    // The handle of the first receipt deletes nothing any more.
    f.messages.delete("q", &first[1].receipt).unwrap();
    assert_eq!(f.counts("q", START + 31 * SECOND), (0, 1, 0));
    f.messages.delete("q", &again[0].receipt).unwrap();
    assert_eq!(f.counts("q", START + 31 * SECOND), (0, 0, 0));
    assert_eq!(f.counts("other", START), (1, 0, 0));
}

#[test]
fn a_delayed_message_waits_and_an_old_one_goes() {
    let f = Fixture::new();
    f.send("q", "late", 5, START);
    assert_eq!(f.counts("q", START), (0, 0, 1));
    assert_eq!(
        f.messages.next_visible("q", START).unwrap(),
        Some(START + 5 * SECOND)
    );
    assert!(f.receive("q", START + 4 * SECOND).is_empty());
    assert_eq!(f.counts("q", START + 5 * SECOND), (1, 0, 0));
    assert_eq!(f.counts("q", START + DAY - 1), (1, 0, 0));
    assert_eq!(f.counts("q", START + DAY), (0, 0, 0));
    assert_eq!(f.messages.next_visible("q", START + DAY).unwrap(), None);
}

#[test]
fn visibility_can_be_changed_while_a_message_is_in_flight() {
    let f = Fixture::new();
    f.send("q", "one", 0, START);
    let receipt = f.receive("q", START)[0].receipt.clone();
    let hide = |seconds: i64, now| f.messages.hide("q", &receipt, seconds * SECOND, now);
    assert_eq!(hide(60, START).unwrap(), Ok(()));
    assert!(f.receive("q", START + 59 * SECOND).is_empty());
    assert_eq!(hide(0, START + 59 * SECOND).unwrap(), Ok(()));
    assert_eq!(f.counts("q", START + 59 * SECOND), (1, 0, 0));
    assert_eq!(
        hide(9, START + 59 * SECOND).unwrap(),
        Err(Lost::NotInFlight)
    );
    let again = f.receive("q", START + 59 * SECOND);
    assert_eq!(hide(9, START + 60 * SECOND).unwrap(), Err(Lost::Gone));
    f.messages.delete("q", &again[0].receipt).unwrap();
    let wrong = f.messages.hide("other", &receipt, 1, START).unwrap_err();
    assert_eq!(wrong.code, "ReceiptHandleIsInvalid");
    assert_eq!(
        f.messages.delete("q", "nonsense").unwrap_err().code,
        "ReceiptHandleIsInvalid"
    );
}

#[test]
fn what_is_received_too_often_goes_to_the_dead_letters() {
    let f = Fixture::new();
    let id = f.send("q", "poison", 0, START);
    let receive = |now| {
        f.receive_as(Receive {
            queue: "q",
            queue_arn: "arn:q",
            retention: DAY,
            dead_letters: Some(("dead", 2)),
            limit: 10,
            hidden: SECOND,
            now,
        })
    };
    assert_eq!(receive(START).len(), 1);
    assert_eq!(receive(START + SECOND).len(), 1);
    assert!(receive(START + 2 * SECOND).is_empty());
    assert_eq!(f.counts("q", START + 2 * SECOND), (0, 0, 0));
    let dead = f.receive("dead", START + 3 * SECOND);
    assert_eq!(dead[0].id, id);
    assert_eq!(dead[0].origin.as_deref(), Some("arn:q"));
    assert_eq!(dead[0].count, 1);
}

#[test]
fn messages_outlive_a_restart() {
    let f = Fixture::new();
    f.send("q", "one", 0, START);
    let again = Messages::of(f.folder.path());
    assert_eq!(again.counts("q", DAY, START).unwrap().visible, 1);
    again.purge("q").unwrap();
    assert_eq!(f.counts("q", START), (0, 0, 0));
}

#[test]
fn no_more_are_received_than_asked_for() {
    let f = Fixture::new();
    for n in 0..5 {
        f.send("q", &n.to_string(), 0, START);
    }
    let three = f.receive_as(Receive {
        queue: "q",
        queue_arn: "arn",
        retention: DAY,
        dead_letters: None,
        limit: 3,
        hidden: SECOND,
        now: START,
    });
    assert_eq!(bodies(&three), ["0", "1", "2"]);
    assert_eq!(f.counts("q", START), (2, 3, 0));
}
