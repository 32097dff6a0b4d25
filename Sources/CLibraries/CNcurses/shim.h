#ifndef ARBD_CNCURSES_SHIM_H
#define ARBD_CNCURSES_SHIM_H

// Wide characters are declared only on request.
#ifndef NCURSES_WIDECHAR
#define NCURSES_WIDECHAR 1
#endif
#include <ncursesw/curses.h>
#include <ncursesw/term.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <wchar.h>

// wcwidth needs _XOPEN_SOURCE, which Swift's importer does not set.
extern int wcwidth(wchar_t c);

// stdscr, LINES, COLS, COLORS and COLOR_PAIRS are globals that change, which Swift 6 does not let anybody read.
static inline WINDOW *arbd_stdscr(void) { return stdscr; }
static inline int arbd_lines(void) { return LINES; }
static inline int arbd_columns(void) { return COLS; }
static inline int arbd_colors(void) { return COLORS; }
static inline int arbd_color_pairs(void) { return COLOR_PAIRS; }

// curses.h calls attributes by macros with casts.
static inline attr_t arbd_attribute_bold(void) { return A_BOLD; }
static inline attr_t arbd_attribute_dim(void) { return A_DIM; }
static inline attr_t arbd_attribute_reverse(void) { return A_REVERSE; }
static inline attr_t arbd_attribute_underline(void) { return A_UNDERLINE; }

// setcchar wants an array that ends in 0 and a pair as a short; the cell's own struct stays here. Draws one character with
// what combines with it at a place of the screen; `count` is at most CCHARW_MAX - 1.
static inline int arbd_put(int line, int column, const wchar_t *text, int count, attr_t attributes, int pair) {
  wchar_t characters[CCHARW_MAX];
  cchar_t cell;
  if (count > CCHARW_MAX - 1) count = CCHARW_MAX - 1;
  memcpy(characters, text, (size_t)count * sizeof(wchar_t));
  characters[count] = L'\0';
  if (setcchar(&cell, characters, attributes, (short)pair, NULL) != OK) return ERR;
  return mvadd_wch(line, column, &cell);
}

// get_wch is a macro over stdscr. KEY_CODE_YES: `key` is one of KEY_…; OK: a character.
static inline int arbd_key(wint_t *key) { return wget_wch(stdscr, key); }

// Strings of the terminal's description; NULL where it has none.
static inline const char *arbd_terminal_string(const char *capability) {
  char *text = tigetstr(capability);
  return text == (char *)-1 ? NULL : text;
}

// newterm and setupterm differ in what an unknown TERM means: this one only says whether it is known.
static inline int arbd_knows_terminal(const char *name, int descriptor) {
  int error = 0;
  return setupterm(name, descriptor, &error) == OK && error == 1;
}

// Masks of the mouse, which are macros with shifts.
static inline mmask_t arbd_mouse_wanted(void) {
  return BUTTON1_CLICKED | BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED;
}
static inline int arbd_mouse_is_wheel_up(mmask_t state) { return (state & BUTTON4_PRESSED) != 0; }
static inline int arbd_mouse_is_wheel_down(mmask_t state) { return (state & BUTTON5_PRESSED) != 0; }

#endif
