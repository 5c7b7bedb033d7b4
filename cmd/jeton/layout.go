package main

import (
	"strings"
	"unicode"
)

// The narrowest and the widest page, in columns, and the one for who has no terminal.
const (
	narrowest = 40
	widest    = 100
	usual     = 80
)

// layout writes a page for a person: words are wrapped at its width, and what
// follows the first line of a paragraph hangs below it. Every text goes through
// safe, so that nothing foreign is more than text.
type layout struct {
	strings.Builder

	width  int
	colour bool
	signs  bool // the terminal shows more than ASCII
}

// ink is a colour or weight, as the number of its escape sequence; empty: as it is.
type ink string

const (
	plain  ink = ""
	bold   ink = "1"
	faint  ink = "2"
	red    ink = "31"
	green  ink = "32"
	yellow ink = "33"
	cyan   ink = "36"
)

func (l *layout) paint(text string, with ...ink) string {
	if !l.colour || text == "" {
		return text
	}
	var codes []string
	for _, i := range with {
		if i != plain {
			codes = append(codes, string(i))
		}
	}
	if codes == nil {
		return text
	}
	return "\x1b[" + strings.Join(codes, ";") + "m" + text + "\x1b[0m"
}

// sign is one character, or what stands for it in ASCII.
func (l *layout) sign(character, ascii string) string {
	if l.signs {
		return character
	}
	return ascii
}

// blank is an empty line, but never the first one and never two.
func (l *layout) blank() {
	if text := l.String(); text != "" && !strings.HasSuffix(text, "\n\n") {
		l.WriteByte('\n')
	}
}

// paragraph is text after a sign and a lead, which begin at indent; its further
// lines begin at hang, or after the lead if hang is 0.
type paragraph struct {
	indent, hang int
	sign         string
	signInk      ink
	lead         string
	leadInk      ink
	text         string
	textInk      []ink
}

// add writes a paragraph. Where a word is too long for the space beside a lead,
// the lines after the first begin further left.
func (l *layout) add(p paragraph) {
	words, start := pieces(safe(p.text)), p.indent+columns(p.sign+p.lead)
	if p.hang == 0 {
		p.hang = start
		if start > p.indent+4 && broadest(words) > l.width-start {
			p.hang = p.indent + 4
		}
	}
	for i, line := range wrap(words, l.width-p.hang, start-p.hang) {
		before := strings.Repeat(" ", p.hang)
		if i == 0 {
			if line == "" { // nothing fits beside it
				if p.lead = strings.TrimRight(p.lead, " "); p.sign+p.lead == "" && len(words) > 0 {
					continue
				}
			}
			before = strings.Repeat(" ", p.indent) + l.paint(p.sign, p.signInk) + l.paint(p.lead, p.leadInk)
		}
		l.WriteString(strings.TrimRight(before+l.paint(line, p.textInk...), " ") + "\n")
	}
}

// piece is a part of a text between two places where a line may break.
type piece struct {
	text  string
	apart bool // a space is before it
}

// pieces splits at spaces, and before wide characters, whose scripts have none.
func pieces(text string) []piece {
	var list []piece
	for i, word := range strings.Split(text, " ") {
		apart, start := i > 0, 0
		for j, r := range word {
			if j > start && width(r) == 2 {
				list = append(list, piece{word[start:j], apart})
				apart, start = false, j
			}
		}
		list = append(list, piece{word[start:], apart})
	}
	return list
}

func broadest(list []piece) int {
	most := 0
	for _, p := range list {
		most = max(most, columns(p.text))
	}
	return most
}

// wrap fills lines with as many pieces as fit; one that fits nowhere has a line
// of its own. used is what stands in the first line already.
func wrap(list []piece, room, used int) []string {
	lines, line := []string(nil), ""
	for _, p := range list {
		wide, gap := columns(p.text), ""
		if p.apart {
			gap = " "
		}
		if used > 0 && used+len(gap)+wide > room {
			lines = append(lines, strings.TrimRight(line, " "))
			line, used, gap = "", 0, ""
		}
		line += gap + p.text
		used += len(gap) + wide
	}
	return append(lines, line)
}

// columns is how wide a terminal shows a text.
func columns(text string) int {
	n := 0
	for _, r := range text {
		n += width(r)
	}
	return n
}

// wideRunes are shown in two columns: the scripts of East Asia, and pictures
// (Unicode Standard Annex 11).
var wideRunes = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1}, {0x2e80, 0x303e, 1}, {0x3041, 0xa4cf, 1}, {0xa960, 0xa97c, 1}, {0xac00, 0xd7a3, 1},
		{0xf900, 0xfaff, 1}, {0xfe30, 0xfe6f, 1}, {0xff01, 0xff60, 1}, {0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{{0x1f300, 0x1f64f, 1}, {0x1f680, 0x1f6ff, 1}, {0x1f900, 0x1f9ff, 1}, {0x20000, 0x3fffd, 1}},
}

func width(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me): // they stand on the character before
		return 0
	case unicode.Is(wideRunes, r):
		return 2
	}
	return 1
}
