const PAUSE_MS = 100;

/**
 * Asks until the answer is enough, 30 s at most: the other end is a process that tells nobody when it is done.
 * @throws Error with the last answer and what `explain` says.
 */
export async function until<T>(
  ask: () => Promise<T>,
  isEnough: (answer: T) => boolean,
  explain: () => string = () => '',
  limitMs = 30_000,
): Promise<T> {
  const giveUpAt = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (isEnough(answer)) return answer;
    if (Date.now() > giveUpAt) {
      throw new Error(`not there after ${limitMs / 1_000} s: ${JSON.stringify(answer).slice(0, 4_000)}\n${explain()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
