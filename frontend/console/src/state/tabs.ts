/** Word between the tabs of this browser. Where the browser has no channel, each tab is on its own. */
export interface Channel<Word> {
  post: (word: Word) => void;
  close: () => void;
}

export function openChannel<Word>(name: string, heard: (word: Word) => void): Channel<Word> {
  if (typeof BroadcastChannel === "undefined") return { post: () => undefined, close: () => undefined };
  const line = new BroadcastChannel(`klepet.console.${name}`);
  line.onmessage = (event: MessageEvent<Word>) => heard(event.data);
  return { post: (word) => line.postMessage(word), close: () => line.close() };
}
