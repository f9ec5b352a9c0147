/** What is said of a kind of alert. */
export interface AlertWords {
  /** What is the matter, in a sentence. */
  readonly words: string;
  /** What helps, in a sentence. */
  readonly remedy: string;
}

/** Everything that Greenroom raises an alert about. Each ends by itself when its cause is gone. */
export const alertKinds = {
  repeated_failures: {
    words: 'Three or more posts of this account failed in a row.',
    remedy:
      'Open the timeline of the last one: it says why. The alert ends with the next post that goes out.',
  },
  refresh_failing: {
    words: 'The access to this account could not be renewed for half an hour or more.',
    remedy:
      'Greenroom keeps trying. Check that this server reaches TikTok, and the app’s client secret.',
  },
  reconnect_needed: {
    words: 'This account must be connected again; its posts wait.',
    remedy: 'Have the creator connect the account again.',
  },
  cap_reached: {
    words: 'A daily cap of TikTok’s is reached; posts wait for it.',
    remedy:
      'Nothing: they go out when places are free. Spread posts over more days, or ask TikTok for a higher cap.',
  },
  tiktok_away: {
    words: 'TikTok does not answer, or not for this account, and posts wait for it.',
    remedy:
      'Nothing: Greenroom looks again by itself. If it stays so, check that this server reaches TikTok.',
  },
  outcome_unknown: {
    words: 'Nobody can tell yet whether a post went out.',
    remedy: 'Look at the creator’s profile, then say what became of the post.',
  },
  unknown_answer: {
    words: 'TikTok answered what its documentation does not have.',
    remedy:
      'Look at the log id in TikTok’s portal, and update Greenroom: TikTok may have changed its API.',
  },
  contradiction: {
    words: 'TikTok told something about a post that does not go with what it told before.',
    remedy: 'Look at the creator’s profile and at the timeline of the post.',
  },
  webhook_failing: {
    words: 'A webhook endpoint was disabled: it took no event for three days, or answered 410.',
    remedy: 'Mend the receiver, enable the endpoint again and replay what it missed.',
  },
  check_failed: {
    words: 'The daily check found something.',
    remedy: 'The report of the check says what.',
  },
} as const satisfies Record<string, AlertWords>;

/** What an alert is about. */
export type AlertKind = keyof typeof alertKinds;
