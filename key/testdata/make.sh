#!/bin/sh
# Makes every key file in this folder with the real tools: openssl 3, keytool
# 17, ssh-keygen. All keys and passwords are test values and protect nothing.
# Run it here; it writes over what is there. Bare RSA is 2048 bits, for speed.
set -eu
cd "$(dirname "$0")"
find . -type f ! -name make.sh ! -path './fuzz/*' -delete
export LC_ALL=C.UTF-8
pw=changeit key=keypass odd='pässwört€'

# Plain keys.
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa-b.pem
openssl rsa -in rsa.pem -traditional -out rsa-pkcs1.pem 2>/dev/null
openssl genpkey -quiet -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out rsa-pss.pem
openssl genpkey -quiet -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 \
	-pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32 -out rsa-pss-sha256.pem
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:512 -out rsa-512.pem
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out rsa-1024.pem
openssl genrsa -primes 3 -traditional -out rsa-3primes.pem 2048 2>/dev/null
for bits in 256 384 521; do
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-$bits -out ec-$bits.pem
	openssl ec -in ec-$bits.pem -out ec-$bits-sec1.pem 2>/dev/null
done
openssl ecparam -name prime256v1 -genkey -out ec-256-params.pem # with EC PARAMETERS before it
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit -out ec-explicit.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1 -out ec-brainpool.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out ec-secp256k1.pem
openssl genpkey -algorithm ED25519 -out ed25519.pem
openssl genpkey -algorithm ED448 -out ed448.pem
openssl genpkey -algorithm X25519 -out x25519.pem
openssl genpkey -quiet -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out dsa-params.pem
openssl genpkey -quiet -paramfile dsa-params.pem -out dsa.pem
openssl pkey -in dsa.pem -traditional -out dsa-legacy.pem
openssl pkey -in rsa.pem -outform DER -out rsa.der
openssl pkey -in ec-256.pem -outform DER -out ec-256.der

# Encrypted PKCS#8.
for prf in hmacWithSHA1 hmacWithSHA224 hmacWithSHA256 hmacWithSHA384 hmacWithSHA512; do
	openssl pkcs8 -topk8 -in ec-256.pem -v2 aes-256-cbc -v2prf $prf -passout pass:$pw -out p8-$prf.pem
done
for c in aes-128-cbc aes-192-cbc aes-256-cbc des3; do
	openssl pkcs8 -topk8 -in rsa.pem -v2 $c -passout pass:$pw -out p8-$c.pem
done
openssl pkcs8 -topk8 -in rsa.pem -v2 aes-256-cbc -passout "pass:$odd" -out p8-odd.pem
openssl pkcs8 -topk8 -in rsa.pem -v2 aes-256-cbc -passout pass:$pw -outform DER -out p8.der
openssl pkcs8 -topk8 -in ed25519.pem -scrypt -passout pass:$pw -out p8-scrypt.pem
openssl pkcs8 -topk8 -in rsa.pem -v1 PBE-SHA1-3DES -passout pass:$pw -out p8-sha1-3des.pem
for v1 in PBE-MD5-DES PBE-SHA1-DES PBE-SHA1-RC2-64 PBE-SHA1-RC2-40 PBE-SHA1-RC2-128 PBE-SHA1-RC4-128; do
	openssl pkcs8 -topk8 -in ec-256.pem -v1 $v1 -provider legacy -provider default -passout pass:$pw -out p8-$v1.pem
done
openssl pkcs8 -topk8 -in ec-256.pem -v2 aes-256-cbc -iter 2000000 -passout pass:$pw -out p8-iterations.pem
openssl pkcs8 -topk8 -in ec-256.pem -v2 camellia-256-cbc -passout pass:$pw -out p8-camellia.pem

# Legacy PEM encryption.
for c in aes128 aes256 des3; do
	openssl rsa -in rsa.pem -traditional -$c -passout pass:$pw -out legacy-$c.pem 2>/dev/null
done
openssl ec -in ec-256.pem -aes128 -passout pass:$pw -out legacy-ec.pem 2>/dev/null
openssl rsa -in rsa.pem -traditional -camellia256 -passout pass:$pw -out legacy-camellia.pem 2>/dev/null

# Certificates: root, intermediate, one leaf per key; a CSR, a CRL-less PKCS#7, public keys.
ca='-days 36500 -batch -sha256'
openssl req -x509 $ca -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -subj '/CN=Test Root' -out root.crt 2>/dev/null
printf 'basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' > ca.ext
openssl req -new -batch -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout sub.key -subj '/CN=Test Intermediate' -out sub.csr 2>/dev/null
openssl x509 -req -in sub.csr -CA root.crt -CAkey ca.key -days 36500 -extfile ca.ext -out sub.crt 2>/dev/null
for k in rsa rsa-b ec-256 ed25519; do
	openssl req -new -batch -key $k.pem -subj "/CN=Test $k" -out $k.csr
	openssl x509 -req -in $k.csr -CA sub.crt -CAkey sub.key -days 36500 -out $k.crt 2>/dev/null
done
rm ca.key sub.key sub.csr ca.ext rsa-b.csr ec-256.csr ed25519.csr dsa-params.pem
openssl pkey -in rsa.pem -pubout -out rsa-public.pem
openssl rsa -in rsa.pem -RSAPublicKey_out -out rsa-public-pkcs1.pem 2>/dev/null
openssl x509 -in rsa.crt -outform DER -out rsa.cer
openssl x509 -in rsa.crt -trustout -addtrust clientAuth -out rsa-trusted.crt
cat root.crt sub.crt rsa.crt > chain-out-of-order.crt
cat rsa.pem root.crt sub.crt rsa.crt > rsa-with-chain.pem
cat rsa.pem rsa-b.crt > mismatch.pem
cat rsa.pem ec-256.pem > two-keys.pem
openssl crl2pkcs7 -nocrl -certfile chain-out-of-order.crt -out chain.p7b

# PKCS#12.
cat sub.crt root.crt > issuers.pem
x="openssl pkcs12 -export -inkey rsa.pem -in rsa.crt -certfile issuers.pem -name signer"
$x -passout pass:$pw -out modern.p12
$x -passout pass: -out empty-password.p12
$x -passout "pass:$odd" -out odd-password.p12
$x -passout "pass:$odd" -legacy -out odd-password-legacy.p12
$x -passout pass:$pw -legacy -out legacy.p12
$x -passout pass:$pw -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 -out 3des.p12
$x -passout pass:$pw -nomac -out no-mac.p12
$x -passout pass:$pw -keypbe NONE -certpbe NONE -out plain-bags.p12
$x -passout pass:$pw -iter 1500000 -maciter -out iterations.p12
$x -passout pass:$pw -iter 450000 -out iterations-summed.p12
$x -passout pass:$pw -macalg sha512 -out sha512-mac.p12
openssl pkcs12 -export -inkey ec-256.pem -in ec-256.crt -passout pass:$pw -out no-name.p12
openssl pkcs12 -export -nokeys -in rsa.crt -certfile issuers.pem -passout pass:$pw -out certificates-only.p12
openssl pkcs12 -in modern.p12 -passin pass:$pw -nodes -out bag-attributes.pem

# Java stores. two: an RSA and an EC key; own: a key with its own password.
kt="keytool -noprompt"
dn='-validity 36500 -dname CN=Java'
for type in JKS JCEKS PKCS12; do
	f=$(echo $type | tr A-Z a-z)
	$kt -genkeypair -storetype $type -keystore two.$f -storepass $pw -keypass $pw -alias first -keyalg RSA -keysize 2048 $dn
	$kt -genkeypair -storetype $type -keystore two.$f -storepass $pw -keypass $pw -alias Second -keyalg EC -groupname secp256r1 $dn
	$kt -importcert -storetype $type -keystore two.$f -storepass $pw -alias trusted -file root.crt
	$kt -importcert -storetype $type -keystore trust.$f -storepass $pw -alias root -file root.crt
	$kt -importcert -storetype $type -keystore trust.$f -storepass $pw -alias sub -file sub.crt
done 2>/dev/null
for type in JKS JCEKS; do
	f=$(echo $type | tr A-Z a-z)
	$kt -genkeypair -storetype $type -keystore own.$f -storepass $pw -keypass $key -alias signer -keyalg RSA -keysize 2048 $dn
done 2>/dev/null
$kt -importkeystore -srckeystore modern.p12 -srcstorepass $pw -destkeystore chain.jks -deststoretype JKS -deststorepass $pw 2>/dev/null
$kt -genseckey -storetype JCEKS -keystore secret.jceks -storepass $pw -keypass $pw -alias aes -keyalg AES -keysize 128 2>/dev/null
keytool -J-Dkeystore.pkcs12.legacy -noprompt -importkeystore -srckeystore two.pkcs12 -srcstorepass $pw -destkeystore two-legacy.pkcs12 -deststoretype PKCS12 -deststorepass $pw 2>/dev/null

# OpenSSH.
for t in rsa:2048 ecdsa:256 ecdsa:384 ecdsa:521 ed25519:; do
	bits=${t#*:} name=${t%%:*}
	ssh-keygen -q -t $name ${bits:+-b $bits} -N '' -C test -f ssh-$name$bits
	[ $name$bits = ed25519 ] || rm ssh-$name$bits.pub
done
for c in aes256-ctr aes128-cbc aes256-gcm@openssh.com 3des-cbc chacha20-poly1305@openssh.com; do
	ssh-keygen -q -t ed25519 -N $pw -Z $c -C test -f ssh-enc-${c%@*}
	rm ssh-enc-${c%@*}.pub
done
ssh-keygen -q -t ecdsa -b 256 -N $pw -a 200 -C test -f ssh-rounds200
ssh-keygen -q -t ed25519 -N $pw -a 300 -C test -f ssh-rounds300
rm ssh-rounds*.pub
