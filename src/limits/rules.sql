-- The numbers of the rules that functions keep: test/functions.test.ts compares them with src/limits/rules.ts and others,
-- which word them.

-- Guesses for one challenge: with its token, from its client network without a token, and both together.
create function vouch.max_guesses() returns int language sql immutable return 5;
create function vouch.max_guesses_in_all() returns int language sql immutable return 9;
-- Wrong guesses of strangers on a day, as a multiple of SPRAY_LIMIT; then they get no more codes.
create function vouch.max_sprays() returns int language sql immutable return 100;
-- Guesses at codes of the usual length that strangers have for a number in a day; then codes have the greatest length.
create function vouch.max_short_guesses() returns int language sql immutable return 19;
create function vouch.max_code_length() returns smallint language sql immutable return 8;
-- Wrong guesses in a row at a number; then strangers get no more codes (NIST SP 800-63B-4, 3.2.2).
create function vouch.max_failures() returns int language sql immutable return 100;
create function vouch.max_messages_an_hour() returns int language sql immutable return 5;
create function vouch.max_messages_a_day() returns int language sql immutable return 10;

-- The pause after a message, by the messages of the last hour: the first, the second, or a later one.
create function vouch.first_pause() returns interval language sql immutable return interval '30 s';
create function vouch.second_pause() returns interval language sql immutable return interval '60 s';
create function vouch.later_pause() returns interval language sql immutable return interval '120 s';

-- The same refusal is written at most once in this time.
create function vouch.refusal_interval() returns interval language sql immutable return interval '1 s';
