-- Whether a preview speaks of a link of its message's text: judged when it comes and when that text changes. NULL: of before, judged when it is
-- shown next.
ALTER TABLE link_previews ADD COLUMN stands INTEGER;
