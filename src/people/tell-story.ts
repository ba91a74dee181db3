import { limitLine, type StoryLimit, tellLimits } from './number-limits.ts';
import type { NumberStory } from './number-story.ts';
import { type Event, timeline } from './timeline.ts';
import { whyNoCode } from './why-no-code.ts';
import { en, type StoryWords } from './words/en.ts';

/** The story of a number in sentences. */
export interface ToldStory {
  /** The reasons for which it gets no code now, or got none lately; the first one comes first. */
  readonly reasons: readonly string[];
  /** Oldest first. */
  readonly events: readonly Event[];
  readonly limits: readonly StoryLimit[];
}

/** Tells the story of a number in a language, the same at each door. */
export function tellStory(story: NumberStory, words: StoryWords): ToldStory {
  return { reasons: whyNoCode(story, words), events: timeline(story, words), limits: tellLimits(story, words) };
}

/** The same in English, with the limits as plain text: for the command line and the management API. */
export function tellPlainStory(story: NumberStory) {
  const { limits, ...told } = tellStory(story, en);
  return { ...told, limits: limits.map((limit) => limitLine(limit, en)) };
}
