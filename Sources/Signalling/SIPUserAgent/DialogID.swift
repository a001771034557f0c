import SIPSyntax
import SIPTransaction

/// What names a dialog at our end (RFC 3261 section 12).
package struct DialogID: Hashable, Sendable {
    package let callID: CallID
    package let localTag: String
    /// Empty for a peer of RFC 2543 that sends none.
    package let remoteTag: String

    package init(callID: CallID, localTag: String, remoteTag: String) {
        self.callID = callID
        self.localTag = localTag
        self.remoteTag = remoteTag
    }

    /// The dialog that a request of the peer's is about.
    init(_ head: RequestHead) {
        self.init(callID: head.callID, localTag: head.to.tag ?? "", remoteTag: head.from.tag ?? "")
    }
}
