import NIOCore
import SIPSyntax
import Timekeeping

/// The end of calls and their reports.
extension Edge {
    func end(_ call: LiveCall, _ ending: EdgeCallEnding, at now: Instant) {
        guard call.ended == nil else { return }
        call.ended = now
        call.ringingUntil = nil
        call.flow.stop()
        call.nextPacket = nil
        call.report.endedAt = self.clock.timestamp(at: now)
        call.report.endedBy = ending.by
        call.report.end = ending.sentence
        call.report.reasonHeader = ending.reasonHeader
        if let answered = call.answered {
            call.report.durationInMilliseconds = Int(answered.duration(to: now).inMilliseconds)
        }
    }

    func reportOnce(_ call: LiveCall) {
        guard !call.isReported else { return }
        call.isReported = true
        self.closeMedia(of: call)
        self.fillMedia(of: call)
        call.report.networkSent = call.networkOut?.figures
        call.report.networkReceived = call.networkIn?.figures
        let report = call.report
        guard let files = self.files else { return self.publish(report) }
        self.reportsUnwritten += 1
        files.write(report, call.leg?.timeline, on: self.eventLoop) { report, failures in
            self.assumeIsolated { edge in
                edge.reportsUnwritten -= 1
                for failure in failures { edge.observer(failure) }
                edge.publish(report)
            }
        }
    }

    /// From here on others see the report; its files are written.
    private func publish(_ report: CallReport) {
        self.callsEnded += 1
        if self.reports.count == Self.reportsMax { self.reports.removeFirst() }
        self.reports.append(report)
        self.observer(.ended(report))
        self.wakeWaiters()
    }

    private func fillMedia(of call: LiveCall) {
        guard let leg = call.leg, var media = call.report.media else { return }
        media.packetsSent = leg.packetsSent
        media.packetsReceived = leg.reception.packets
        media.packetsLost = leg.reception.lost
        media.duplicates = leg.reception.duplicates
        media.reordered = leg.reception.reordered
        media.jitterInMilliseconds = (leg.reception.jitterInTimestampUnits / 8 * 1_000).rounded() / 1_000
        media.rtcpPackets = leg.rtcpPackets
        media.srtpFailures = leg.srtpFailures
        media.strange = leg.strange
        call.report.media = media
        call.report.digits = leg.digits.heard
        let heard = SpeechIntervals(in: leg.timeline.right)
        call.report.heard = CallReport.Heard(
            speech: heard.intervals, speechLevelInDBFS: heard.levelInDBFS, peakInDBFS: heard.peakInDBFS)
    }

    // MARK: Waiting

    func wait(for goal: Waiter.Goal) async {
        if self.isDraining || self.isReached(goal) { return }
        await withCheckedContinuation { continuation in
            self.waiters.append(Waiter(goal: goal, continuation: continuation))
        }
    }

    private func wakeWaiters() {
        for waiter in self.waiters where self.isReached(waiter.goal) { waiter.continuation.resume() }
        self.waiters.removeAll { self.isReached($0.goal) }
    }

    private func isReached(_ goal: Waiter.Goal) -> Bool {
        switch goal {
        case .ended(let count): self.callsEnded >= count
        case .report(let callID): self.reports.contains { $0.callID == callID }
        }
    }

    /// Hangs up every call and lets nobody wait any longer.
    func drain() {
        let now = Self.now()
        self.isDraining = true
        for call in self.calls.values where !call.signalling.hasEnded {
            self.hangUp(call, cause: 31, sentence: "the simulator was shut down", at: now)
        }
        for waiter in self.waiters { waiter.continuation.resume() }
        self.waiters = []
    }

    /// Reports kept in memory; the oldest give way.
    private static let reportsMax = 10_000
}
