#!/bin/sh
# Makes every key in this folder with openssl 3 and keytool. All keys and
# passwords are test values and protect nothing. Run it here; it writes over
# what is there. Afterwards: go test . -run Golden -update, and read the diff:
# thumbprints alone may change.
set -eu
cd "$(dirname "$0")"
find . -type f ! -name make.sh -delete
export LC_ALL=C.UTF-8
pw=changeit days='-days 36500'

# Private keys, and what verifies their signatures.
for k in rsa rsa-next; do
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out $k.pem
done
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out rsa-1024.pem
for bits in 256 384 521; do
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-$bits -out ec-$bits.pem
done
openssl genpkey -algorithm ED25519 -out ed25519.pem
for k in rsa rsa-next rsa-1024 ec-256 ec-384 ec-521 ed25519; do
	openssl pkey -in $k.pem -pubout -out $k.pub
done

# A secret, and the same keys in other files.
printf 'secret of a file\n' > secret.txt
openssl req -x509 $days -key rsa.pem -subj '/CN=Golden signer' -out rsa.crt
cat rsa.pem rsa.crt > rsa-with-certificate.pem
openssl pkcs8 -topk8 -in rsa.pem -v2 aes-256-cbc -passout pass:$pw -out rsa-encrypted.pem
openssl pkcs12 -export -inkey rsa.pem -in rsa.crt -name signer -passout pass:$pw -out rsa.p12
openssl req -x509 $days -key ec-256.pem -subj '/CN=Golden EC signer' -out ec-256.crt
openssl pkcs12 -export -inkey ec-256.pem -in ec-256.crt -name ec -passout pass:$pw -out ec.p12
import='keytool -noprompt -importkeystore -destkeystore two.jks -deststoretype JKS -srcstoretype PKCS12'
$import -srckeystore rsa.p12 -srcstorepass $pw -srcalias signer -deststorepass $pw -destkeypass keypass 2>/dev/null
$import -srckeystore ec.p12 -srcstorepass $pw -srcalias ec -deststorepass $pw -destkeypass keypass 2>/dev/null
rm ec.p12 ec-256.crt

# JSON files. The parts of a P-256 key stand at fixed places of RFC 5915.
b64url() { base64 -w0 | tr '+/' '-_' | tr -d '='; }
part() { openssl pkey -in ec-256.pem -outform DER | tail -c +$1 | head -c 32 | b64url; }
printf '{"kty":"EC","crv":"P-256","kid":"jwk-kid-1","x":"%s","y":"%s","d":"%s"}\n' $(part 58) $(part 90) $(part 8) > ec.jwk
escaped() { awk '{printf "%s\\n", $0}' $1; }
printf '{"type":"service_account","project_id":"golden","private_key_id":"0123abcd","private_key":"%s","client_email":"robot@golden.iam.gserviceaccount.com","client_id":"117000000000000000001","token_uri":"https://oauth2.googleapis.com/token"}\n' \
	"$(escaped rsa.pem)" > google.json
printf '{"boxAppSettings":{"clientID":"box-client","clientSecret":"box-secret","appAuth":{"publicKeyID":"a1b2c3d4","privateKey":"%s","passphrase":"%s"}},"enterpriseID":"4711"}\n' \
	"$(escaped rsa-encrypted.pem)" $pw > box.json

# TLS: an authority, the server's certificate, and client certificates.
new='openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -batch'
$new -x509 $days -keyout ca.key -subj '/CN=Golden CA' -out ca.crt 2>/dev/null
issue() { # name, subject, extensions
	$new -keyout $1.key -subj "$2" -out $1.csr 2>/dev/null
	printf '%s\n' "$3" > $1.ext
	openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key $days -extfile $1.ext -out $1.crt 2>/dev/null
	rm $1.csr $1.ext
}
issue server '/CN=as.example' 'subjectAltName=DNS:as.example,DNS:mtls.as.example'
issue client '/O=Golden/CN=client-1' 'extendedKeyUsage=clientAuth'
openssl pkcs12 -export -inkey client.key -in client.crt -passout pass:$pw -out client.p12
$new -x509 $days -keyout self.key -subj '/CN=self-signed client' -out self.crt 2>/dev/null
printf '{"clientid":"sb-golden!t1","certurl":"https://mtls.as.example","url":"https://as.example","identityzone":"golden","certificate":"%s","key":"%s"}\n' \
	"$(escaped client.crt)" "$(escaped client.key)" > xsuaa.json
rm ca.key

pin=$(openssl x509 -in server.crt -pubkey -noout | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64)
sed -i "s|pin: sha256/.*|pin: sha256/$pin|" ../tls-*.txt || echo "the pin is sha256/$pin"

# Assertions that are made elsewhere: the JWT of a workload, and SAML.
head=$(printf '{"alg":"RS256","kid":"workload-1"}' | b64url)
body=$(printf '{"iss":"https://kubernetes.default.svc","sub":"system:serviceaccount:prod:reports","aud":["api://AzureADTokenExchange"],"iat":1893497400,"exp":1893501000}' | b64url)
printf '%s.%s.%s\n' $head $body $(printf '%s.%s' $head $body | openssl dgst -sha256 -sign rsa.pem | b64url) > workload.jwt
printf '<?xml version="1.0"?>\n<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0"/>\n' > saml.xml
