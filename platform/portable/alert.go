package portable

import (
	"errors"
	"fmt"
	"net"
	"reflect"
)

// alertNames are those of RFC 8446 §6, with the reserved ones of RFC 5246 §7.2
// and RFC 2246 §7.2, and those of RFC 6066, RFC 7507 and RFC 9849.
var alertNames = map[uint8]string{
	0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed",
	22: "record_overflow", 30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate",
	42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked",
	45: "certificate_expired", 46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca",
	49: "access_denied", 50: "decode_error", 51: "decrypt_error", 60: "export_restriction",
	70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
	86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation",
	109: "missing_extension", 110: "unsupported_extension", 111: "certificate_unobtainable",
	112: "unrecognized_name", 113: "bad_certificate_status_response", 114: "bad_certificate_hash_value",
	115: "unknown_psk_identity", 116: "certificate_required", 120: "no_application_protocol",
	121: "ech_required",
}

func alertName(alert uint8) string {
	if name, ok := alertNames[alert]; ok {
		return name
	}
	return fmt.Sprintf("alert_%d", alert)
}

// remoteAlert finds the alert that the peer sent. Over TCP crypto/tls wraps it
// in a net.OpError of its own, as a private type whose kind is uint8 (Go 1.26:
// tls.AlertError is for QUIC only).
func remoteAlert(err error) (uint8, bool) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return 0, false
	}
	v := reflect.ValueOf(op.Err)
	if v.Kind() != reflect.Uint8 {
		return 0, false
	}
	return uint8(v.Uint()), true
}
