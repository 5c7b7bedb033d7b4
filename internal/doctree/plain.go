package doctree

import (
	"math/big"
	"strings"
)

// plainKind is what a scalar without quotes means under the YAML 1.2 core
// schema (section 10.3.2). JSON's literals are a part of it.
type plainKind uint8

const (
	plainText plainKind = iota
	plainNull
	plainBool
	plainInt
	plainFloat
	plainNonFinite
)

func resolvePlain(text string) plainKind {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return plainNull
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return plainBool
	case ".nan", ".NaN", ".NAN":
		return plainNonFinite
	}
	if hex, ok := strings.CutPrefix(text, "0x"); ok && only(hex, "0123456789abcdefABCDEF") {
		return plainInt
	}
	if octal, ok := strings.CutPrefix(text, "0o"); ok && only(octal, "01234567") {
		return plainInt
	}
	number := strings.TrimPrefix(strings.TrimPrefix(text, "-"), "+")
	if len(text)-len(number) > 1 {
		return plainText
	}
	switch number {
	case ".inf", ".Inf", ".INF":
		return plainNonFinite
	}
	if only(number, digits) {
		return plainInt
	}
	if isFloat(number) {
		return plainFloat
	}
	return plainText
}

const digits = "0123456789"

// only reports whether text is made of these characters, at least one.
func only(text, set string) bool { return text != "" && strings.Trim(text, set) == "" }

// isFloat reports a number with a point or an exponent; the sign is cut off already.
func isFloat(number string) bool {
	mantissa := number
	if i := strings.IndexAny(number, "eE"); i >= 0 {
		exponent := number[i+1:]
		if exponent != "" && (exponent[0] == '+' || exponent[0] == '-') {
			exponent = exponent[1:]
		}
		if !only(exponent, digits) {
			return false
		}
		mantissa = number[:i]
	}
	whole, fraction, point := strings.Cut(mantissa, ".")
	return (point || mantissa != number) && only(whole+fraction, digits)
}

// maxBasedNumber is the length of the longest 0x and 0o number that is converted.
const maxBasedNumber = 4096

// jsonNumber writes an int or a float of the core schema as JSON, exactly.
func jsonNumber(text string) (string, bool) {
	if strings.HasPrefix(text, "0x") || strings.HasPrefix(text, "0o") {
		if len(text) > maxBasedNumber {
			return "", false
		}
		i, ok := new(big.Int).SetString(text, 0)
		return i.String(), ok
	}
	sign := ""
	switch text[0] {
	case '-':
		sign, text = "-", text[1:]
	case '+':
		text = text[1:]
	}
	mantissa, exponent := text, ""
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponent = text[:i], text[i:]
	}
	whole, fraction, point := strings.Cut(mantissa, ".")
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if point && fraction == "" {
		fraction = "0"
	}
	if point {
		whole += "." + fraction
	}
	return sign + whole + exponent, true
}
