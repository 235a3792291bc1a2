//! Media that are told more than they take, and that end by themselves.

use casemate_crypto::call::CallSecret;
use futures_util::FutureExt;

use super::*;

const CALL: CallId = CallId([1; 16]);

fn calls() -> (Calls, mpsc::Receiver<Order>) {
    let mut calls = Calls::new(Made::Here);
    let (live, orders) = Live::new();
    calls.live.insert(CALL, live);
    (calls, orders)
}

fn keys(epoch: u64, removed: bool) -> Order {
    let secret = CallSecret::new([epoch as u8; 32]);
    Order::Keys(CallKeys { epoch, secret, others: Vec::new(), leaf: 0, members: Vec::new(), removed })
}

fn stats(calls: &mut Calls) -> oneshot::Receiver<Result<Value, Error>> {
    let (answer, answered) = oneshot::channel();
    calls.stats(&CALL.to_hex(), answer);
    answered
}

#[tokio::test]
async fn more_questions_than_there_is_room_for_end_no_call_and_its_keys_come_all_the_same() {
    let (mut calls, mut orders) = calls();
    let mut asked: Vec<_> = (0..200).map(|_| stats(&mut calls)).collect();
    let refused = asked.iter_mut().filter_map(|one| one.try_recv().ok()).collect::<Vec<_>>();
    assert_eq!(refused.len(), 200 - ORDERS_WAITING);
    assert!(refused.iter().all(|one| one.as_ref().is_err_and(|error| error.kind == Kind::RateLimited)));
    // Two changes of members meanwhile, and the relay's answer. Who was removed by the first is by both.
    calls.tell(CALL, keys(2, true));
    calls.tell(CALL, keys(3, false));
    calls.server_is([127, 0, 0, 1].into());
    calls.joined(CALL, CallAnswer { sdp: "v=0".into(), turn: Vec::new() });
    // And somebody who muted themselves, went back on it, and did so again.
    for muted in [true, false, true] {
        calls.mute(&CALL.to_hex(), muted);
    }
    let mut told = Vec::new();
    for _ in 0..ORDERS_WAITING {
        let Some(Order::Stats(answer)) = orders.recv().await else { panic!("no question") };
        answer.send(Ok(Value::Null)).unwrap();
    }
    let listen = async {
        for _ in 0..3 {
            told.push(orders.recv().await.unwrap());
        }
    };
    tokio::select! {
        () = listen => {}
        said = calls.said() => panic!("nothing is said: {said:?}"),
    }
    let [Order::Mute(true), Order::Answer(came), Order::Keys(keys)] = &told[..] else { panic!("others") };
    assert_eq!((&*came.answer.sdp, keys.epoch, keys.removed), ("v=0", 3, true));
    assert_eq!(came.server, Some([127, 0, 0, 1].into()));
    let answered = stats(&mut calls);
    let Some(Order::Stats(answer)) = orders.recv().await else { panic!("no question") };
    answer.send(Ok(Value::Null)).unwrap();
    assert!(answered.await.unwrap().is_ok());
}

#[tokio::test]
async fn media_that_end_by_themselves_have_failed_once() {
    let (mut calls, orders) = calls();
    calls.sender.send((CALL, CallNews::Connected)).await.unwrap();
    drop(orders);
    assert!(matches!(calls.said().await, (CALL, CallNews::Connected)));
    assert!(matches!(calls.said().await, (CALL, CallNews::Failed { .. })));
    let answered = stats(&mut calls).await.unwrap();
    assert_eq!(answered.unwrap_err().kind, Kind::NotFound);
    // Those that say so themselves do not fail twice, and those that were closed not at all.
    let (live, orders) = Live::new();
    calls.live.insert(CALL, live);
    calls.sender.send((CALL, CallNews::Failed { why: "the file ended".into() })).await.unwrap();
    drop(orders);
    let (_, CallNews::Failed { why }) = calls.said().await else { panic!("it did not fail") };
    assert_eq!(why, "the file ended");
    let (live, orders) = Live::new();
    calls.live.insert(CALL, live);
    calls.close(CALL);
    drop(orders);
    assert!(calls.said().now_or_never().is_none());
}
