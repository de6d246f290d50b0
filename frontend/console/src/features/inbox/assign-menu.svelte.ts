/** Whether the menu "assign to a colleague" is open: a key opens it too. */
let isOpen = $state(false);

export const assignMenu = {
  get isOpen() {
    return isOpen;
  },
  set isOpen(next: boolean) {
    isOpen = next;
  },
};
