import BotTransports
import Logging
import MediaPlane
import SIPEndpoint
import SIPUserAgent
import Timekeeping

/// What belongs to no call, and calls that have lost what belongs to them.
extension CallDirectory {
    /// How often something had to be ended; all 0 in a healthy gateway.
    package var reaped: ReaperCounts { self.reaper.counts }

    /// Looks at every period, until the surrounding task is cancelled.
    func reap() async {
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: self.services.reaper.period)
            } catch {
                return
            }
            await self.sweep()
        }
    }

    private func sweep() async {
        // What exists is counted before what is owned: a thing that finds its owner in between is no orphan.
        let sessions = await self.services.endpoint.sessionIDs
        let media = self.services.media.callIDs
        let connector = self.services.connector.gauges
        let botCount = max(self.services.media.gauges.bots, connector.children) + connector.attempts
        var calls: [CallIdentifier: CallPresence] = [:]
        for (identifier, call) in self.calls { calls[identifier] = await call.presence }
        let census = Reaper.Census(sessions: sessions, media: media, botCount: botCount, calls: calls)
        let verdict = self.reaper.sweep(census, at: self.services.now())
        guard !verdict.isEmpty else { return }
        for session in verdict.sessions {
            self.services.logger.error(
                "a SIP session belongs to no call and is ended", metadata: ["session": "\(session)"])
            await self.services.endpoint.hangUp(session)
        }
        for callID in verdict.media {
            self.services.logger.error(
                "a media session belongs to no call and is ended", metadata: ["call": "\(callID)"])
            self.services.media.stop(callID)
        }
        for identifier in verdict.calls {
            self.services.logger.error(
                "a call has lost its session or media and is ended", metadata: ["call": "\(identifier)"])
            self.end(
                identifier,
                EndCause(.internalFault, by: .gateway, sentence: "The call had lost its SIP session or its media."))
        }
        if verdict.hasStrayBots {
            self.services.logger.error("there are more bots than calls", metadata: ["bots": "\(botCount)"])
        }
    }
}

extension Call {
    /// What this call counts on at this moment.
    var presence: CallPresence {
        let needsMedia: Bool
        switch self.machine.state {
        case .connected, .early: needsMedia = true
        case .idle, .queued, .calling, .ringing, .closing, .ended: needsMedia = false
        }
        return CallPresence(session: self.session, needsMedia: needsMedia, deadline: self.machine.deadline)
    }
}
