package main

import (
	"slices"
	"strings"
)

// lineChange is a line of two texts that are compared.
type lineChange struct {
	// Change says of which text the line is: " " of both, "-" of the first, "+" of the second.
	Change string `json:"change"`
	Line   string `json:"line"`
}

const (
	sameLine    = " "
	removedLine = "-"
	addedLine   = "+"
)

// compareLines is a shortest way from one text to the other (a longest common
// subsequence). Texts are those of two requests, some hundred lines.
func compareLines(before, after []string) (list []lineChange) {
	longest := make([][]int, len(before)+1)
	for i := range longest {
		longest[i] = make([]int, len(after)+1)
	}
	for i := len(before) - 1; i >= 0; i-- {
		for j := len(after) - 1; j >= 0; j-- {
			if before[i] == after[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(before) || j < len(after) {
		switch {
		case i < len(before) && j < len(after) && before[i] == after[j]:
			list = append(list, lineChange{sameLine, before[i]})
			i, j = i+1, j+1
		case j == len(after) || i < len(before) && longest[i+1][j] >= longest[i][j+1]:
			list = append(list, lineChange{removedLine, before[i]})
			i++
		default:
			list = append(list, lineChange{addedLine, after[j]})
			j++
		}
	}
	return list
}

// compared shows both texts side by side; where a line is too long for that, one
// below the other. width 0 is as wide as it needs.
func (l *layout) compared(before, after string, lines []lineChange, width int) {
	left, right := columns(before), columns(after)
	for _, line := range lines {
		if line.Change != addedLine {
			left = max(left, columns(line.Line))
		}
		if line.Change != removedLine {
			right = max(right, columns(line.Line))
		}
	}
	if width > 0 && left+right+3 > width {
		l.WriteString(l.paint("--- "+before, bold) + "\n" + l.paint("+++ "+after, bold) + "\n")
		for _, line := range lines {
			colour := map[string]ink{sameLine: plain, removedLine: red, addedLine: green}[line.Change]
			l.WriteString(l.paint(strings.TrimRight(line.Change+" "+line.Line, " "), colour) + "\n")
		}
		return
	}
	l.side(before, " ", after, left, bold)
	for len(lines) > 0 {
		if lines[0].Change == sameLine {
			l.side(lines[0].Line, " ", lines[0].Line, left, plain)
			lines = lines[1:]
			continue
		}
		end := slices.IndexFunc(lines, func(c lineChange) bool { return c.Change == sameLine })
		if end < 0 {
			end = len(lines)
		}
		l.changed(lines[:end], left)
		lines = lines[end:]
	}
}

// changed pairs what went with what came.
func (l *layout) changed(lines []lineChange, left int) {
	var gone, come []string
	for _, line := range lines {
		if line.Change == removedLine {
			gone = append(gone, line.Line)
		} else {
			come = append(come, line.Line)
		}
	}
	for i := range max(len(gone), len(come)) {
		switch {
		case i >= len(come):
			l.side(gone[i], "<", "", left, yellow)
		case i >= len(gone):
			l.side("", ">", come[i], left, yellow)
		default:
			l.side(gone[i], "|", come[i], left, yellow)
		}
	}
}

func (l *layout) side(before, sign, after string, left int, with ink) {
	line := before + strings.Repeat(" ", left-columns(before)) + " " + sign + " " + after
	l.WriteString(l.paint(strings.TrimRight(line, " "), with) + "\n")
}
