package import Addressing

/// The transport in a Via; any token may stand there, compared without case.
package struct ViaTransport: Hashable, Sendable {
    /// In upper case.
    package let text: String

    package init(_ token: Token) {
        self.text = token.text.uppercased()
    }

    package static let udp = ViaTransport(Token(trusted: "UDP"))
    package static let tcp = ViaTransport(Token(trusted: "TCP"))
    package static let tls = ViaTransport(Token(trusted: "TLS"))

    /// Nil for a transport that this stack does not speak.
    package var transportName: SIPTransportName? {
        SIPTransportName(rawValue: self.text.asciiLowercased)
    }
}

extension ViaTransport: CustomStringConvertible {
    package var description: String { self.text }
}

/// One hop of a request (RFC 3261 section 20.42).
package struct Via: Hashable, Sendable {
    package var transport: ViaTransport
    package var host: Host
    package var port: UInt16?
    package var parameters: Parameters

    /// A hop of our own; `rport` asks the peer to answer to the source port (RFC 3581).
    package init(
        transport: ViaTransport, host: Host, port: UInt16?, branch: Token, requestsSourcePort: Bool = true
    ) {
        self.init(transport: transport, host: host, port: port, parameters: Parameters())
        self.parameters.set(Token(trusted: "branch"), branch)
        if requestsSourcePort { self.parameters.set(Token(trusted: "rport"), nil) }
    }

    init(transport: ViaTransport, host: Host, port: UInt16?, parameters: Parameters) {
        self.transport = transport
        self.host = host
        self.port = port
        self.parameters = parameters
    }

    package var branch: String? { self.parameters["branch"] }

    /// The branch begins with the cookie of RFC 3261 and has more than it: it names a transaction by itself.
    package var hasMagicCookie: Bool {
        guard let branch = self.branch else { return false }
        let cookie = Self.magicCookie.text
        return branch.utf8.count > cookie.utf8.count && branch.prefix(cookie.count).equalsIgnoringCase(cookie)
    }

    package mutating func setBranch(_ branch: Token) {
        self.parameters.set(Token(trusted: "branch"), branch)
    }

    package static let magicCookie = Token(trusted: "z9hG4bK")

    /// `rport`, with or without a value.
    package var requestsSourcePort: Bool { self.parameters.contains("rport") }

    /// The value that a server filled in.
    package var rport: UInt16? { self.parameters["rport"].flatMap { DecimalNumber.parse($0.utf8) } }

    /// The source address that a server filled in; brackets around IPv6 are accepted.
    package var received: IPAddress? { self.parameters["received"].flatMap { IPAddress($0) } }

    /// Fills in where the request came from: RFC 3261 section 18.2.1 and RFC 3581 section 4.
    ///
    /// `received` is set when the sent-by differs from the source or a port was asked for, `rport` only when asked for.
    package mutating func fill(source: TransportAddress) {
        if self.host.address != source.address || self.requestsSourcePort {
            self.parameters.setReceived(source.address)
        }
        if self.requestsSourcePort {
            self.parameters.setNumber(Token(trusted: "rport"), UInt64(source.port))
        }
    }
}

extension Via: HeaderFieldValue {
    package var headerValue: HeaderValue {
        let port = self.port.map { ":\($0)" } ?? ""
        return HeaderValue(assembled: "SIP/2.0/\(self.transport) \(self.host)\(port)" + self.parameters.fieldText)
    }
}
