// Run in node by call_sizes.rs, beside call.js.

import assert from 'node:assert/strict';

globalThis.document = { documentElement: { dataset: { files: '' } } };
const { ofOneSize, isOfOneSize, isSteadyOpus } = await import('./call.mjs');

const OWN = 'minptime=10;useinbandfec=1;cbr=1;usedtx=0;maxaveragebitrate=32000';
const HEAD = ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0 1'];
const VIDEO = ['m=video 9 UDP/TLS/RTP/SAVPF 98', 'c=IN IP4 0.0.0.0', 'a=mid:1', 'a=rtpmap:98 VP9/90000', 'a=fmtp:98 profile-id=0'];
const sound = (...more) => ['m=audio 9 UDP/TLS/RTP/SAVPF 111', 'c=IN IP4 0.0.0.0', 'a=mid:0', 'a=rtpmap:111 opus/48000/2', ...more];
const sdp = (...parts) => `${parts.flat().join('\r\n')}\r\n`;
const fmtp = (text) => text.split('\r\n').filter((line) => /fmtp/i.test(line));

// What an honest relay says.
const honest = ofOneSize(sdp(HEAD, sound('a=fmtp:111 minptime=10;useinbandfec=1'), VIDEO));
assert.deepEqual(fmtp(honest), [`a=fmtp:111 ${OWN}`, 'a=fmtp:98 profile-id=0']);
assert.equal(honest, sdp(HEAD, sound(`a=fmtp:111 ${OWN}`), VIDEO), 'and nothing else is changed');

// Whatever stands beside: of sound only the own line stays.
for (const line of [
  'a=fmtp:0111 cbr=0;usedtx=1',
  'a=fmtp:111  cbr=0',
  'a=fmtp:111\tcbr=0',
  'a=fmtp: 111 cbr=0',
  'a=fmtp:+111 cbr=0',
  'a=fmtp:111\rcbr=0',
  'a=FMTP:111 cbr=0',
  'a =fmtp:111 cbr=0',
  ' a=fmtp:111 cbr=0',
  'a= fmtp:111 cbr=0',
  'a=fmtp:* cbr=0',
  'a=fmtp:111 cbr=1\na=fmtp:111 cbr=0',
  'a=x\ra=fmtp:111 cbr=0',
  'a=x\r\r\na=fmtp:0111 cbr=0',
]) {
  for (const answer of [sdp(HEAD, sound(line), VIDEO), sdp(HEAD, VIDEO, sound(line)), sdp(HEAD, line, sound(), VIDEO)]) {
    const made = ofOneSize(answer);
    assert.deepEqual(fmtp(made).sort(), [`a=fmtp:111 ${OWN}`, 'a=fmtp:98 profile-id=0'], JSON.stringify(line));
    assert.doesNotMatch(made, /cbr=0[^\r\n]*fmtp|fmtp[^\r\n]*cbr=0/);
  }
}

// Another name for a format, or another codec, ends the call.
for (const [before, after] of [
  ['a=rtpmap:111 opus', 'a=rtpmap:0111 opus'],
  ['a=rtpmap:111 opus', 'a=rtpmap: 111 opus'],
  ['a=rtpmap:111 opus', 'a=rtpmap:+111 opus'],
  ['a=rtpmap:111 opus', 'a=rtpmap:\u{661}\u{661}\u{661} opus'],
  ['a=rtpmap:111 opus', 'a=rtpmap:128 opus'],
  ['a=rtpmap:111 opus', 'a=rtpmap:111  opus'],
  ['a=rtpmap:111 opus', 'a=RTPMAP:111 opus'],
  ['a=rtpmap:111 opus', 'a=rtpmap:111 PCMU'],
  ['a=rtpmap:111 opus', 'a=rtpmap:111 red'],
  ['SAVPF 111', 'SAVPF 0111'],
  ['SAVPF 111', 'SAVPF 111 0111'],
  ['SAVPF 111', 'SAVPF +111'],
  ['SAVPF 111', 'SAVPF'],
  ['SAVPF 111', 'SAVPF 111\t'],
  ['m=audio', 'm=Audio'],
  ['m=audio', 'm= audio'],
  ['m=audio', ' m=audio'],
]) {
  const answer = sdp(HEAD, sound(), VIDEO);
  assert.ok(answer.includes(before));
  assert.equal(ofOneSize(answer.replace(before, after)), null, after);
}
assert.notEqual(ofOneSize(sdp(HEAD, sound().map((line) => line.replace('opus', 'OPUS')), VIDEO)), null);

// What the browser says that it will send.
const senders = (...codecs) => [{ getParameters: () => ({ codecs }) }, { getParameters: () => ({}) }];
const opus = (sdpFmtpLine) => ({ mimeType: 'audio/opus', sdpFmtpLine });
assert.ok(isOfOneSize(senders()));
assert.ok(isOfOneSize(senders(opus(OWN), { mimeType: 'video/VP9' })));
assert.ok(isOfOneSize(senders(opus('maxplaybackrate=48000;stereo=1;cbr=1'))));
// Where it names others its packets vary, and the Worker pads them; what is no Opus, or tells silence, ends the call.
for (const wrong of [undefined, '', 'cbr=0', 'usedtx=0', 'xcbr=1', 'cbr=11', 'maxplaybackrate=0;stereo=0;useinbandfec=1']) {
  assert.ok(!isOfOneSize(senders(opus(wrong))), wrong);
  assert.ok(isSteadyOpus(senders(opus(wrong))), wrong);
}
assert.ok(isSteadyOpus(senders()) && isSteadyOpus(senders(opus(OWN), { mimeType: 'video/VP9' })));
for (const dtx of ['usedtx=1', 'cbr=1; usedtx = 1', 'UseDTX=1']) assert.ok(!isSteadyOpus(senders(opus(OWN), opus(dtx))), dtx);
assert.ok(!isSteadyOpus(senders({ mimeType: 'audio/PCMU', sdpFmtpLine: OWN })));
