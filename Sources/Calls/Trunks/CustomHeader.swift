import SIPSyntax

/// A header field that a trunk or a call adds to its INVITE, checked so that it can be nothing more than that.
package struct CustomHeader: Hashable, Sendable {
    package let name: HeaderName
    package let value: HeaderValue

    /// Custom headers of one call, those of its trunk not counted.
    package static let countMax = 32
    /// Octets of one value.
    package static let valueLengthMax = 1_024
    /// Octets of an Identity.
    package static let identityLengthMax = 4_096

    /// Refuses what is no token, a value with a control character, every header that the SIP stack writes itself, compact
    /// forms, and the three that Exotel adds on its own side, however they are spelled.
    package init(name: some StringProtocol, value: some StringProtocol) throws(TrunkError) {
        let headerName: HeaderName
        do {
            headerName = try HeaderName(name)
        } catch {
            throw .badHeaderName
        }
        guard name.utf8.count > 1, name.utf8.count <= 64 else { throw .badHeaderName }
        guard !Self.core.contains(headerName), !headerName.hasPrefix("Content-"), !headerName.hasPrefix("Proxy-")
        else { throw .coreHeader(name: headerName.text) }
        guard !Self.isOfCarrier(headerName) else { throw .carrierHeader(name: headerName.text) }
        // A signed identity (RFC 8224) is a whole token with its signature.
        let lengthMax = headerName == .identity ? Self.identityLengthMax : Self.valueLengthMax
        guard !value.isEmpty, value.utf8.count <= lengthMax,
            let headerValue = try? HeaderValue(value), !headerValue.text.isEmpty
        else { throw .badHeaderValue(name: headerName.text) }
        self.name = headerName
        self.value = headerValue
    }

    package var field: Headers.Field {
        Headers.Field(name: self.name, value: self.value)
    }

    /// X-Exotel-CallSid, -LegSid and -TrunkSid, also as `x_exotel_call_sid` or `XExotelCallSID`: a receiver that treats
    /// these alike must not find one of ours.
    static func isOfCarrier(_ name: HeaderName) -> Bool {
        let letters = name.text.lowercased().filter { $0.isLetter || $0.isNumber }
        return ["xexotelcallsid", "xexotellegsid", "xexoteltrunksid"].contains(letters)
    }

    /// What the stack writes, or what would change how the peer reads the message or the dialog.
    private static let core: Set<HeaderName> = [
        .accept, .acceptEncoding, .acceptLanguage, .allow, .allowEvents, .authorization, .callID, .contact, .cSeq,
        .event, .expires, .from, .maxForwards, .minExpires, .minSE, .rAck, .reason, .recordRoute, .referTo, .replaces,
        .require, .retryAfter, .route, .rSeq, .server, .sessionExpires, .supported, .to, .unsupported, .userAgent,
        .via, .warning, .wwwAuthenticate, HeaderName(trusted: "Alert-Info"), HeaderName(trusted: "Authentication-Info"),
        HeaderName(trusted: "Error-Info"), HeaderName(trusted: "In-Reply-To"), HeaderName(trusted: "Join"),
        HeaderName(trusted: "MIME-Version"), HeaderName(trusted: "Path"), HeaderName(trusted: "Service-Route"),
        HeaderName(trusted: "Session-ID"), HeaderName(trusted: "SIP-ETag"), HeaderName(trusted: "SIP-If-Match"),
        HeaderName(trusted: "Subscription-State"), HeaderName(trusted: "Target-Dialog"),
        HeaderName(trusted: "Timestamp"),
    ]
}
