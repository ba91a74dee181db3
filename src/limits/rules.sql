-- The numbers of the rules that functions keep: test/functions.test.ts compares them with src/limits/rules.ts and others,
-- which word them.

create function vouch.max_guesses() returns int language sql immutable return 5;
create function vouch.max_guesses_a_day() returns int language sql immutable return 20;
create function vouch.max_messages_an_hour() returns int language sql immutable return 5;
create function vouch.max_messages_a_day() returns int language sql immutable return 10;

-- The pause after a message, by the messages of the last hour: the first, the second, or a later one.
create function vouch.first_pause() returns interval language sql immutable return interval '30 s';
create function vouch.second_pause() returns interval language sql immutable return interval '60 s';
create function vouch.later_pause() returns interval language sql immutable return interval '120 s';

-- The same refusal is written at most once in this time.
create function vouch.refusal_interval() returns interval language sql immutable return interval '1 s';
