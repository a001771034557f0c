import Addressing

/// The owner's grip on a session: its port, and the way to command it. Commands after the end do nothing.
package struct MediaSessionHandle: Sendable {
    /// The RTP port; RTCP is the one after it.
    package let localRTPPort: UInt16
    let mailbox: SessionMailbox

    init(localRTPPort: UInt16, mailbox: SessionMailbox) {
        self.localRTPPort = localRTPPort
        self.mailbox = mailbox
    }

    /// Gives a command to the session's thread, which takes it at its next tick.
    ///
    /// False when the session has more than `SessionMailbox.pendingMax` commands before it; a stop is always taken.
    @discardableResult
    package func send(_ command: MediaCommand) -> Bool {
        self.mailbox.post(command)
    }
}
