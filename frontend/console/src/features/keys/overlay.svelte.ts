/** Which of the console's own windows is open: the list of keys or the search for a command. One at a time. */
let shown = $state<"keys" | "palette" | null>(null);

export const overlay = {
  get shown() {
    return shown;
  },
  set shown(next) {
    shown = next;
  },
};
