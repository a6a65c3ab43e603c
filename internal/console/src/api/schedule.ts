import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call, client, type Schema, take } from "./client";

export type Schedule = Schema["Schedule"];

export interface ScheduleRequest {
  workflowId: string;
  cron: string;
  timezone?: string;
  name?: string;
  input?: unknown;
}

export const useSchedules = () => useQuery({ queryKey: ["schedules"], queryFn: () => take(client.GET("/api/schedules")), refetchInterval: 60_000 });

export function useMakeSchedule() {
  const cache = useQueryClient();
  return useMutation({ mutationFn: (body: ScheduleRequest) => call<Schedule>("POST", "/api/schedules", body), onSuccess: () => cache.invalidateQueries({ queryKey: ["schedules"] }) });
}

export function useEndSchedule() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => take(client.DELETE("/api/schedules/{id}", { params: { path: { id } } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ["schedules"] }),
  });
}
