extension UserAgentCore {
    /// The sessions that exist, those included that are being ended.
    package var sessionIDs: Set<SessionID> { Set(self.sessions.keys) }
}
