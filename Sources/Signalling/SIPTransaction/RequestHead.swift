import SIPSyntax

/// The fields that every request must have, read once.
package struct RequestHead: Hashable, Sendable {
    package let uri: URI
    package let via: Via
    package let from: NameAddress
    package let to: NameAddress
    package let callID: CallID
    package let cSeq: CSeq

    package init(_ request: Request) throws(SIPSyntaxError) {
        self.uri = request.uri
        self.via = try request.headers.topVia
        self.from = try request.headers.from
        self.to = try request.headers.to
        self.callID = try request.headers.callID
        self.cSeq = try request.headers.cSeq
    }
}
