/** The tag's script: shows the launcher and imports the chat when it is wanted. */
declare const __CHAT__: string;

const tag = document.currentScript as HTMLScriptElement | null;
if (tag?.dataset["site"]) {
  const chat = new URL(__CHAT__, tag.src).href;
  const start = (): Promise<unknown> => import(/* @vite-ignore */ chat);
  addEventListener("klepet:open", () => void start(), { once: true });
}

export {};
