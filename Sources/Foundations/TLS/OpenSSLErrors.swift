import COpenSSL
import Glibc

/// Reads the error queue that OpenSSL keeps for each thread, and leaves it empty.
enum OpenSSLErrors {
    static func clear() {
        ERR_clear_error()
    }

    /// The reason of the oldest error, which names the cause; later ones only say what failed because of it.
    static func takeReason() -> String {
        let code = ERR_get_error()
        self.clear()
        return self.reason(code)
    }

    /// What went wrong in the TLS protocol.
    static func protocolFailure() -> TLSError {
        let code = ERR_get_error()
        self.clear()
        let reason = Int(ERR_GET_REASON(code))
        switch reason {
        case Int(SSL_AD_REASON_OFFSET)..<(Int(SSL_AD_REASON_OFFSET) + 256):
            // Safe: OpenSSL returns a constant string for every number.
            let name = unsafe SSL_alert_desc_string_long(Int32(reason) - SSL_AD_REASON_OFFSET)
            return .refusedByPeer(alert: unsafe name.map { unsafe String(cString: $0) } ?? "unknown")
        case Int(SSL_R_WRONG_VERSION_NUMBER), Int(SSL_R_HTTP_REQUEST), Int(SSL_R_HTTPS_PROXY_REQUEST),
            Int(SSL_R_PACKET_LENGTH_TOO_LONG), Int(SSL_R_BAD_RECORD_TYPE):
            return .peerDoesNotSpeakTLS
        case Int(SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE):
            return .certificateRefused(.missing)
        case Int(SSL_R_UNEXPECTED_EOF_WHILE_READING):
            return .closedDuringHandshake
        default:
            return .protocolFailure(reason: self.reason(code))
        }
    }

    /// Why reading PEM stopped; nil when the text simply had no further block.
    static func takePEMFailure() -> String? {
        let code = ERR_peek_last_error()
        guard code != 0 else { return nil }
        self.clear()
        if ERR_GET_LIB(code) == ERR_LIB_PEM, ERR_GET_REASON(code) == PEM_R_NO_START_LINE { return nil }
        if ERR_GET_LIB(code) == ERR_LIB_PEM, ERR_GET_REASON(code) == PEM_R_BAD_PASSWORD_READ {
            return "it is under a password, which is not supported"
        }
        return self.reason(code)
    }

    private static func reason(_ code: UInt) -> String {
        // An error of the system is in the queue by its errno.
        if ERR_GET_LIB(code) == ERR_LIB_SYS {
            // Safe: strerror returns a string that is copied at once.
            return unsafe strerror(ERR_GET_REASON(code)).map { unsafe String(cString: $0) } ?? "system error"
        }
        // Safe: OpenSSL returns nil or a string that lives as long as the library.
        guard let text = unsafe ERR_reason_error_string(code) else { return "OpenSSL error \(code)" }
        return unsafe String(cString: text)
    }
}
