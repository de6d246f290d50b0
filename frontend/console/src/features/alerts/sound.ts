/** Two short, soft tones made on the spot: no file to load. Browsers allow sound only after somebody has touched the page. */

/** Where a browser kept quiet until somebody touched the page, what it missed is not played afterwards. */
const LATE_MS = 1000;

let context: AudioContext | null = null;

function tone(audio: AudioContext, frequency: number, at: number, seconds: number): void {
  const oscillator = audio.createOscillator();
  const volume = audio.createGain();
  oscillator.type = "sine";
  oscillator.frequency.value = frequency;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.16, at + 0.015);
  volume.gain.exponentialRampToValueAtTime(0.0008, at + seconds);
  oscillator.connect(volume).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + seconds);
}

/** Rising for somebody new in the queue, a single tone for a message in a conversation I hold. */
export function playSound(kind: "queued" | "message"): void {
  if (typeof AudioContext === "undefined") return;
  context ??= new AudioContext();
  const audio = context;
  const asked = performance.now();
  void audio.resume().then(() => {
    if (performance.now() - asked > LATE_MS) return;
    const now = audio.currentTime + 0.01;
    tone(audio, kind === "queued" ? 587.33 : 783.99, now, 0.35);
    if (kind === "queued") tone(audio, 880, now + 0.13, 0.5);
  });
}
