package key

import "fmt"

const (
	// maxFile is the largest key file that is read.
	maxFile = 1 << 20
	// maxEntries bounds the keys, certificates and secrets of one store.
	maxEntries = 64
	// maxIterations bounds the password derivations of one file, summed: about
	// 0.5 s. keytool writes 10,000 per bag, openssl 2,048, a careful person 600,000.
	maxIterations = 1_000_000
	// maxScrypt bounds the memory of scrypt, 128*N*r*p, summed over the file.
	// openssl writes 16 MiB.
	maxScrypt = 32 << 20
	// maxBcrypt bounds the rounds of an OpenSSH key: about 1 s. ssh-keygen writes
	// 16 or 24, a careful person 100.
	maxBcrypt = 110
)

// budget counts the work of one file before it is done.
type budget struct {
	iterations int
	scrypt     int
	used       bool // a password was put to use
}

// spend takes n iterations out of the budget, or says that the file wants too much.
func (b *budget) spend(n int) error {
	b.used = true
	if n < 1 || n > maxIterations-b.iterations {
		return tooMuch(fmt.Sprintf("more than %d iterations", maxIterations))
	}
	b.iterations += n
	return nil
}

// spendScrypt does the same for scrypt, whose parameters it also checks.
func (b *budget) spendScrypt(n, r, p int) error {
	b.used = true
	if n < 2 || n&(n-1) != 0 || r < 1 || p < 1 {
		return damaged("the scrypt parameters are not possible")
	}
	left := (maxScrypt - b.scrypt) / 128
	if n > left || r > left/n || p > left/n/r {
		return tooMuch(fmt.Sprintf("more than %d MiB of scrypt", maxScrypt>>20))
	}
	b.scrypt += 128 * n * r * p
	return nil
}

func tooMuch(what string) *Error {
	return fail(Limit, "encrypt it again with fewer iterations", "the file asks for %s to derive its key", what)
}
